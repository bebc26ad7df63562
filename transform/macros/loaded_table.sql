{#- The tables that a stream was loaded into: one, or one in each of `sei_sources`; missing tables are left out. -#}
{% macro loaded_relations(table) %}
{%- set declared = source('sei', table) -%}
{%- if not execute or declared.is_cte -%}{{ return([declared]) }}{%- endif -%}
{%- set wanted = [] -%}
{%- for place in var('sei_sources') -%}
    {%- do wanted.append(api.Relation.create(
        database=place.get('database', declared.database), schema=place['schema'], identifier=declared.identifier
    )) -%}
{%- endfor -%}
{%- set found = [] -%}
{%- for relation in wanted or [declared] -%}
    {%- set held = load_relation(relation) if table not in var('disabled_streams') else none -%}
    {%- if held is not none -%}{%- do found.append(held) -%}{%- endif -%}
{%- endfor -%}
{{ return(found) }}
{% endmacro %}


{#-
    A stream as the loader wrote it, with `columns` in this order. A missing column is null. If the stream was not loaded, the
    table is empty. `renamed` gives a column another name.
-#}
{% macro loaded_table(table, columns, renamed={}) %}
{%- set relations = loaded_relations(table) -%}
{%- for relation in relations %}
{%- if not execute or relation.is_cte %}
select * from {{ relation }}
{%- else -%}
{%- set held = {} -%}
{%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- do held.update({column.name | lower: column.quoted}) -%}
{%- endfor %}
select
    {%- for column in columns %}
    {{ held.get(column, "cast(null as " ~ dbt.type_string() ~ ")") }} as {{ renamed.get(column, column) }}
    {{- "," if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endif %}
{{ "union all" if not loop.last }}
{%- else %}
select
    {%- for column in columns %}
    cast(null as {{ dbt.type_string() }}) as {{ renamed.get(column, column) }}{{ "," if not loop.last }}
    {%- endfor %}
from (select 1 as one) as one_row
where 1 = 0
{%- endfor -%}
{% endmacro %}


{#- Fail if no stream was loaded: empty marts would pass all tests. -#}
{% macro require_loaded_streams() %}
{%- if execute and flags.WHICH not in ['compile', 'docs'] -%}
    {%- set found = [] -%}
    {%- for stream in period_streams() -%}
        {%- do found.extend(loaded_relations(stream)) -%}
    {%- endfor -%}
    {%- if not found -%}
        {%- set places = var('sei_sources') | map(attribute='schema') | list or [source('sei', 'lttc').schema] -%}
        {{ exceptions.raise_compiler_error(
            "No table of the tap is in schema " ~ places | join(', ') ~ " of database "
            ~ source('sei', 'lttc').database ~ ". Load it first, or set the variable "
            ~ ("sei_sources" if var('sei_sources') else "sei_schema") ~ " to the schema that the loader writes to."
        ) }}
    {%- endif -%}
{%- endif -%}
{% endmacro %}


{#-
    The columns that all streams of teams and periods share, as the loader names them. `series` is the column that distinguishes
    the rows of one team and period.
-#}
{% macro shared_columns(series='aggregation') %}
{{ return([
    'org_identifier', 'project_identifier', 'team_path', 'team', 'granularity', series, 'period_start',
    'team_hierarchy', 'period_end', 'period_label', 'is_period_complete', 'scope', 'export_id', 'exported_at',
    'additional_metrics'
]) }}
{% endmacro %}


{#- A table of teams and periods with its metrics. -#}
{% macro loaded_periods(table, metrics, series='aggregation') %}
{{- loaded_table(table, shared_columns(series) + metrics) -}}
{% endmacro %}


{#- The shared columns, typed alike in every database: some loaders write dates as text. `period` is a team's period. -#}
{% macro period_columns(series='aggregation', period='cast(period_start as date)') %}
    {{- surrogate_key(['org_identifier', 'project_identifier', 'team_path', 'team', 'granularity', series, period]) }} as row_key,
    {{ surrogate_key(['org_identifier', 'project_identifier', 'team_path', 'team']) }} as loaded_team_key,
    {{ surrogate_key(['granularity', period]) }} as period_key,
    org_identifier,
    project_identifier,
    team_path,
    team,
    team_hierarchy,
    granularity,
    {{ series }},
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    period_label,
    cast(is_period_complete as {{ dbt.type_boolean() }}) as is_period_complete,
    scope,
    export_id,
    {{ utc_timestamp('exported_at') }} as exported_at
{%- endmacro %}


{#- The columns of a loaded table that depend on the user's settings: all but the shared ones and the loader's own. -#}
{% macro metric_columns_of(table) %}
{%- set metrics = [] -%}
{%- for relation in (loaded_relations(table) if execute else []) if not relation.is_cte -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- set name = column.name | lower -%}
        {%- if name not in shared_columns() + metrics and not name.startswith('_sdc_') -%}
            {%- do metrics.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(metrics | sort) }}
{% endmacro %}
