{#- For people and BI tools, beside dora_current: one granularity, one computation mode, closed periods, leaf teams. -#}
{{ config(enabled='team' in sprint_levels()) }}
select
    sprint.sprint_key,
    sprint.org_identifier,
    sprint.project_identifier,
    sprint.team_key,
    team.team,
    team.path,
    team.parent_path,
    period.period_key,
    period.period_start,
    period.period_end,
    period.period_label,
    sprint.computation_mode,
    sprint.work_unit,
    {%- for metric in sprint_metrics() %}
    sprint.{{ metric.name }},
    {%- endfor %}
    sprint.exported_at
from {{ ref('fct_sprint') }} as sprint
inner join {{ ref('dim_team') }} as team
    on team.team_key = sprint.team_key
inner join {{ ref('dim_period') }} as period
    on period.period_key = sprint.period_key
where sprint.granularity = '{{ var("current_granularity") }}'
    and sprint.computation_mode = '{{ var("current_computation_mode") }}'
    and sprint.is_leaf
    and sprint.is_period_complete
    and period.is_complete
