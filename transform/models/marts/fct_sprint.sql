{{ config(enabled='team' in sprint_levels()) }}
with sprint_rows as (

    select * from {{ ref('int_sprint_rows') }}
    where not is_withdrawn

),

-- Teams that others with sprint metrics stand below, in this very period.
with_children as (

    select distinct org_identifier, project_identifier, granularity, aggregation, period_start, parent_path as path
    from sprint_rows
    where parent_path is not null

),

team_periods as (

    select
        sprint_rows.sprint_key,
        sprint_rows.team_key,
        sprint_rows.period_key,
        sprint_rows.org_identifier,
        sprint_rows.project_identifier,
        sprint_rows.granularity,
        sprint_rows.aggregation as computation_mode,
        sprint_rows.period_start,
        -- The streams of one period may come from exports of different days.
        max(sprint_rows.period_end) as period_end,
        min(case when sprint_rows.is_period_complete then 1 else 0 end) = 1 as is_period_complete,
        max(sprint_rows.path) as path,
        max(case when with_children.path is null then 0 else 1 end) = 0 as is_leaf,
        min(sprint_rows.exported_at) as exported_at,
        max(sprint_rows.exported_at) as last_exported_at
    from sprint_rows
    left join with_children
        on with_children.org_identifier = sprint_rows.org_identifier
        and with_children.project_identifier = sprint_rows.project_identifier
        and with_children.granularity = sprint_rows.granularity
        and with_children.aggregation = sprint_rows.aggregation
        and with_children.period_start = sprint_rows.period_start
        and with_children.path = sprint_rows.path
    group by
        sprint_rows.sprint_key,
        sprint_rows.team_key,
        sprint_rows.period_key,
        sprint_rows.org_identifier,
        sprint_rows.project_identifier,
        sprint_rows.granularity,
        sprint_rows.aggregation,
        sprint_rows.period_start

),

{%- for stream in team_sprint_streams() %}
{{ stream }} as (

    select
        sprint_rows.sprint_key
        {%- for metric in sprint_metrics() if metric.stream == stream %},
        staged.{{ metric.name }}
        {%- endfor %}
    from sprint_rows
    inner join {{ ref('stg_sei__' ~ stream) }} as staged
        on staged.row_key = sprint_rows.row_key
    where sprint_rows.stream = '{{ stream }}'

){{ "," if not loop.last }}
{% endfor %}
select
    team_periods.sprint_key,
    team_periods.team_key,
    team_periods.period_key,
    team_periods.org_identifier,
    team_periods.project_identifier,
    team_periods.granularity,
    team_periods.computation_mode,
    {{ work_unit('team_periods.computation_mode') }} as work_unit,
    team_periods.period_start,
    team_periods.period_end,
    team_periods.is_period_complete,
    team_periods.path,
    team_periods.is_leaf,
    {%- for metric in sprint_metrics() %}
    {{ metric.stream }}.{{ metric.name }},
    {%- endfor %}
    {%- for stream in team_sprint_streams() %}
    {{ stream }}.sprint_key is not null as has_{{ stream }},
    {%- endfor %}
    team_periods.exported_at,
    team_periods.last_exported_at
from team_periods
{%- for stream in team_sprint_streams() %}
left join {{ stream }} on {{ stream }}.sprint_key = team_periods.sprint_key
{%- endfor %}
