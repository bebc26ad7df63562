{#- The numeric figures of fct_dora, each with the stream that it comes from. The seed `dora_metrics` describes them. -#}
{% macro dora_metrics() %}
{{ return([
    ('lead_time_days', 'lttc'),
    ('planning_days', 'lttc'),
    ('coding_days', 'lttc'),
    ('review_days', 'lttc'),
    ('build_days', 'lttc'),
    ('deploy_days', 'lttc'),
    ('deployments', 'deployment_frequency'),
    ('change_failure_rate_percent', 'cfr'),
    ('successful_deployments', 'cfr'),
    ('failed_deployments', 'cfr'),
    ('time_to_restore_days', 'mttr'),
    ('work_items', 'work_items'),
    ('work_items_with_pull_request', 'work_items'),
    ('pull_request_coverage_percent', 'work_items'),
]) }}
{% endmacro %}


{#- The streams that fct_dora is made of, each with its staging model. -#}
{% macro dora_streams() %}
{{ return(['lttc', 'deployment_frequency', 'cfr', 'mttr', 'work_items', 'rating']) }}
{% endmacro %}


{#- What makes a new version of a closed period: any figure, the rating, and whether a stream has a row. -#}
{% macro restatable_columns() %}
{%- set columns = dora_metrics() | map('first') | list + ['harness_overall_rating'] -%}
{%- for stream in dora_streams() %}{% do columns.append('has_' ~ stream) %}{% endfor -%}
{{ return(columns) }}
{% endmacro %}
