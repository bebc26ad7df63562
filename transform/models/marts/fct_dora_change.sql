with figures as (

    select * from {{ ref('fct_dora_long') }}

),

-- The period just before, not the row just before: a team without a row for a period has no change in the next.
compared as (

    select
        figures.*,
        period.previous_period_start,
        previous.value as previous_value,
        previous.dora_key is not null as has_previous_row,
        figures.is_period_complete and coalesce(previous.is_period_complete, false) as is_comparable
    from figures
    inner join {{ ref('dim_period') }} as period
        on period.period_key = figures.period_key
    left join figures as previous
        on previous.team_key = figures.team_key
        and previous.granularity = figures.granularity
        and previous.aggregation = figures.aggregation
        and previous.metric = figures.metric
        and previous.period_start = period.previous_period_start

)

select
    figure_key,
    dora_key,
    team_key,
    period_key,
    granularity,
    aggregation,
    period_start,
    previous_period_start,
    metric,
    unit,
    value,
    previous_value,
    has_previous_row,
    is_comparable,
    case when is_comparable then value - previous_value end as change,
    case when is_comparable and previous_value <> 0 then 100 * (value - previous_value) / previous_value end
        as change_percent,
    case
        when not is_comparable or value is null or previous_value is null then null
        when value = previous_value then 'same'
        when better is null then 'changed'
        when (better = 'lower') = (value < previous_value) then 'better'
        else 'worse'
    end as direction
from compared
