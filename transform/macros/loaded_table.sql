{#- A table as the loader left it; an empty one of the same columns where the tap was not told to emit the stream. -#}
{% macro loaded_table(table, columns) %}
{%- set relation = source('sei', table) -%}
{#- A unit test gives the table as a CTE. -#}
{%- if not execute or relation.is_cte or load_relation(relation) is not none -%}
select * from {{ relation }}
{%- else -%}
select
    {%- for column in columns %}
    cast(null as {{ dbt.type_string() }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
where 1 = 0
{%- endif -%}
{% endmacro %}


{#- The columns that all streams of teams and periods share, as the loader names them. -#}
{% macro shared_columns() %}
{{ return([
    'org_identifier', 'project_identifier', 'team_path', 'team', 'granularity', 'aggregation', 'period_start',
    'team_hierarchy', 'period_end', 'period_label', 'is_period_complete', 'scope', 'export_id', 'exported_at',
    'additional_metrics'
]) }}
{% endmacro %}


{#- A table of teams and periods with its metrics. -#}
{% macro loaded_periods(table, metrics) %}
{{- loaded_table(table, shared_columns() + metrics) -}}
{% endmacro %}


{#- The shared columns, typed alike in every warehouse: in one that target-duckdb 0.8.0 loaded, dates are text. -#}
{% macro period_columns() %}
    {{- surrogate_key([
        'org_identifier', 'project_identifier', 'team_path', 'team', 'granularity', 'aggregation', 'period_start'
    ]) }} as dora_key,
    {{ team_key() }} as team_key,
    {{ surrogate_key(['granularity', 'period_start']) }} as period_key,
    org_identifier,
    project_identifier,
    team_path,
    team,
    team_hierarchy,
    granularity,
    aggregation,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    period_label,
    cast(is_period_complete as boolean) as is_period_complete,
    scope,
    export_id,
    cast(exported_at as timestamp) as exported_at
{%- endmacro %}


{#- The columns of a loaded table that only the user's settings know: all but the shared ones and the loader's own. -#}
{% macro metric_columns_of(table) %}
{%- set relation = load_relation(source('sei', table)) if execute else none -%}
{%- set metrics = [] -%}
{%- for column in (adapter.get_columns_in_relation(relation) if relation is not none else []) -%}
    {%- if column.name not in shared_columns() and not column.name.startswith('_sdc_') -%}
        {%- do metrics.append(column.quoted) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(metrics | sort) }}
{% endmacro %}
