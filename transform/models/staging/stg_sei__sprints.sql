{{ config(enabled='sprint' in sprint_levels()) }}
{%- set metrics = sprint_metrics() | rejectattr('by_team', 'defined') | list -%}
with loaded as (

    {{ loaded_periods('sprints', metrics | map(attribute='column') | list + [
        'sprint', 'sprint_name', 'sprint_state', 'tickets_removed_mid_sprint'
    ], 'computation_mode') }}

)

select
    {{ period_columns('computation_mode', 'sprint') }},
    sprint,
    sprint_name,
    sprint_state,
    {{ work_unit('computation_mode') }} as work_unit,
    {{- sprint_columns(metrics) }},
    cast(tickets_removed_mid_sprint as {{ dbt.type_bigint() }}) as tickets_removed_mid_sprint
from loaded
