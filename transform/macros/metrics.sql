{#-
    The numeric figures of fct_dora, each with its stream, and with the columns of its numerator and denominator. The seed
    `dora_metrics` has their titles and units.
-#}
{% macro dora_metrics() %}
{%- set deployed = '(successful_deployments + failed_deployments)' -%}
{{ return([
    {'name': 'lead_time_days', 'stream': 'lttc', 'denominator': 'deployments'},
    {'name': 'planning_days', 'stream': 'lttc', 'denominator': 'deployments'},
    {'name': 'coding_days', 'stream': 'lttc', 'denominator': 'deployments'},
    {'name': 'review_days', 'stream': 'lttc', 'denominator': 'deployments'},
    {'name': 'build_days', 'stream': 'lttc', 'denominator': 'deployments'},
    {'name': 'deploy_days', 'stream': 'lttc', 'denominator': 'deployments'},
    {'name': 'deployments', 'stream': 'deployment_frequency'},
    {'name': 'change_failure_rate_percent', 'stream': 'cfr', 'numerator': 'failed_deployments', 'denominator': deployed},
    {'name': 'successful_deployments', 'stream': 'cfr'},
    {'name': 'failed_deployments', 'stream': 'cfr'},
    {'name': 'time_to_restore_days', 'stream': 'mttr', 'denominator': 'failed_deployments'},
    {'name': 'work_items', 'stream': 'work_items'},
    {'name': 'work_items_with_pull_request', 'stream': 'work_items'},
    {'name': 'pull_request_coverage_percent', 'stream': 'work_items', 'numerator': 'work_items_with_pull_request',
     'denominator': 'work_items'},
]) }}
{% endmacro %}


{#- DORA's four metrics. -#}
{% macro headline_metrics() %}
{{ return(['lead_time_days', 'deployments', 'change_failure_rate_percent', 'time_to_restore_days']) }}
{% endmacro %}


{#- The streams that fct_dora is made of, each with its staging model. -#}
{% macro dora_streams() %}
{{ return(['lttc', 'deployment_frequency', 'cfr', 'mttr', 'work_items', 'rating']) }}
{% endmacro %}


{#- The streams of teams and periods, without disabled ones that fct_dora does not need. -#}
{% macro period_streams() %}
{%- set others = ['summary', 'custom_metrics'] | reject('in', var('disabled_streams')) | list -%}
{{ return(dora_streams() + others + sprint_streams()) }}
{% endmacro %}


{#- The streams that the models ignore, with their exports. -#}
{% macro unread_streams() %}
{{ return(var('disabled_streams') + every_sprint_stream() | reject('in', sprint_streams()) | list) }}
{% endmacro %}


{#- What makes a new version of a closed period: any figure, the rating, and whether a stream has a row. -#}
{% macro restatable_columns() %}
{%- set columns = dora_metrics() | map(attribute='name') | list + ['harness_overall_rating'] -%}
{%- for stream in dora_streams() %}{% do columns.append('has_' ~ stream) %}{% endfor -%}
{{ return(columns) }}
{% endmacro %}


{#- A list of texts, to be compared with IN. -#}
{% macro quoted(texts) -%}
    (
    {%- for text in texts %}'{{ text }}'{{ ", " if not loop.last }}{% endfor -%}
    )
{%- endmacro %}
