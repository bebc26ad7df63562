-- Weeks that overlap count days twice: after a change of `week_start`, delete the weeks that started on the other day.
with weeks as (

    select distinct org_identifier, project_identifier, aggregation, period_start, period_end
    from {{ ref('int_dora_rows') }}
    where granularity = 'WEEKLY'
        and not is_withdrawn

)

select weeks.org_identifier, weeks.project_identifier, weeks.aggregation, weeks.period_start, other.period_start as other_start
from weeks
inner join weeks as other
    on other.org_identifier = weeks.org_identifier
    and other.project_identifier = weeks.project_identifier
    and other.aggregation = weeks.aggregation
    and other.period_start > weeks.period_start
    and other.period_start <= weeks.period_end
