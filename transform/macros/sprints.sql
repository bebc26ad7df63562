{#- The levels at which the models have sprint metrics: what the tap's setting `sprint_metrics` holds. -#}
{% macro sprint_levels() %}
{{ return(var('sprint_metrics', env_var('DBT_SPRINT_METRICS', '')) or '') }}
{% endmacro %}


{#- The streams of sprint metrics by team and period. -#}
{% macro team_sprint_streams() %}
{{ return(['sprint_work', 'sprint_delivery', 'sprint_delivery_analysis', 'sprint_analysis']) }}
{% endmacro %}


{#- All streams of sprint metrics. -#}
{% macro every_sprint_stream() %}
{{ return(team_sprint_streams() + ['sprints']) }}
{% endmacro %}


{#- The streams of sprint metrics at the levels that are on. -#}
{% macro sprint_streams() %}
{{ return((team_sprint_streams() if 'team' in sprint_levels() else []) + (['sprints'] if 'sprint' in sprint_levels() else [])) }}
{% endmacro %}


{#-
    The figures of fct_sprint, each with its stream and the column that the loader wrote. Work is in story points or in tickets,
    by the computation mode. fct_sprints has those that exist for single sprints: all but the ones `by_team` alone.
-#}
{% macro sprint_metrics() %}
{{ return([
    {'name': 'committed_work', 'stream': 'sprint_work', 'column': 'sprint_commit'},
    {'name': 'creep_work', 'stream': 'sprint_work', 'column': 'sprint_creep'},
    {'name': 'total_work', 'stream': 'sprint_work', 'column': 'sprint_size'},
    {'name': 'scope_creep_percent', 'stream': 'sprint_work', 'column': 'scope_creep_percent'},
    {'name': 'delivered_work', 'stream': 'sprint_delivery', 'column': 'total_work_delivered'},
    {'name': 'velocity_work_per_sprint', 'stream': 'sprint_delivery', 'column': 'sprint_velocity', 'by_team': true},
    {'name': 'delivered_committed_work', 'stream': 'sprint_delivery', 'column': 'delivered_commit'},
    {'name': 'missed_committed_work', 'stream': 'sprint_delivery', 'column': 'missed_commit'},
    {'name': 'delivered_creep_work', 'stream': 'sprint_delivery', 'column': 'delivered_creep'},
    {'name': 'missed_creep_work', 'stream': 'sprint_delivery', 'column': 'missed_creep'},
    {'name': 'delivered_versus_committed', 'stream': 'sprint_delivery', 'column': 'total_delivered_work_vs_committed_work'},
    {'name': 'committed_work_delivered_percent', 'stream': 'sprint_delivery_analysis',
     'column': 'committed_work_delivered_percent'},
    {'name': 'creep_work_delivered_percent', 'stream': 'sprint_delivery_analysis', 'column': 'creep_work_delivered_percent'},
    {'name': 'total_work_delivered_percent', 'stream': 'sprint_delivery_analysis', 'column': 'total_work_delivered_percent'},
    {'name': 'churn_rate', 'stream': 'sprint_analysis', 'column': 'churn_rate'},
    {'name': 'delivery_consistency', 'stream': 'sprint_analysis', 'column': 'predictability_delivery_consistency',
     'by_team': true},
    {'name': 'commitment_reliability', 'stream': 'sprint_analysis', 'column': 'predictability_reliability_of_commitment',
     'by_team': true},
]) }}
{% endmacro %}


{#- Work that is the sum of two parts of it. -#}
{% macro sprint_sums() %}
{{ return([
    {'whole': 'total_work', 'parts': ['committed_work', 'creep_work']},
    {'whole': 'delivered_work', 'parts': ['delivered_committed_work', 'delivered_creep_work']},
    {'whole': 'committed_work', 'parts': ['delivered_committed_work', 'missed_committed_work']},
    {'whole': 'creep_work', 'parts': ['delivered_creep_work', 'missed_creep_work']},
]) }}
{% endmacro %}


{#- Percentages, each with the work that it is a share of. What scope creep is a share of is not documented: either will do. -#}
{% macro sprint_shares() %}
{{ return([
    {'percent': 'committed_work_delivered_percent', 'part': 'delivered_committed_work', 'wholes': ['committed_work']},
    {'percent': 'creep_work_delivered_percent', 'part': 'delivered_creep_work', 'wholes': ['creep_work']},
    {'percent': 'total_work_delivered_percent', 'part': 'delivered_work', 'wholes': ['total_work']},
    {'percent': 'scope_creep_percent', 'part': 'creep_work', 'wholes': ['committed_work', 'total_work']},
]) }}
{% endmacro %}


{#- The facts of sprint metrics at the levels that are on. -#}
{% macro sprint_facts() %}
{{ return((['fct_sprint'] if 'team' in sprint_levels() else []) + (['fct_sprints'] if 'sprint' in sprint_levels() else [])) }}
{% endmacro %}


{#- The figures of a stream, typed, under the names of `sprint_metrics`. -#}
{% macro sprint_columns(metrics) %}
{%- for metric in metrics %}
    cast({{ metric.column }} as {{ type_double() }}) as {{ metric.name }}{{ "," if not loop.last }}
{%- endfor %}
{%- endmacro %}


{#- A staging model of sprint metrics by team and period. -#}
{% macro staged_sprint_periods(stream) %}
{%- set metrics = sprint_metrics() | selectattr('stream', 'equalto', stream) | list -%}
with loaded as (

    {{ loaded_periods(stream, metrics | map(attribute='column') | list, 'computation_mode') }}

)

select
    {{ period_columns('computation_mode') }},
    {{ work_unit('computation_mode') }} as work_unit,
    {{- sprint_columns(metrics) }}
from loaded
{% endmacro %}


{#- The unit of work in a computation mode. -#}
{% macro work_unit(mode) -%}
    case {{ mode }} when 'STORY_POINTS' then 'story points' when 'TICKETS' then 'tickets' end
{%- endmacro %}
