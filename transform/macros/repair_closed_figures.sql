{#-
    Gives each version in `dora_closed_figures` a unique identity and time. Up to version 1.0.0, this project repeated both when
    a figure changed and the export's date did not.
-#}
{% macro repair_closed_figures() %}
{%- set held = load_relation(ref('dora_closed_figures')) -%}
{%- if not execute or held is none %}{{ return('') }}{% endif -%}
{%- set columns = [] -%}
{%- for column in adapter.get_columns_in_relation(held) -%}
    {%- if column.name | lower not in ['dbt_scd_id', 'dbt_valid_from', 'dbt_valid_to', 'dbt_updated_at'] -%}
        {%- do columns.append(column.quoted) -%}
    {%- endif -%}
{%- endfor -%}
{%- set repaired = held.incorporate(path={'identifier': held.identifier ~ '_repaired'}, type='table') -%}
{%- do adapter.drop_relation(repaired) -%}
{%- set query -%}
with numbered as (
    select
        *,
        row_number() over (
            partition by dora_key
            -- The last version is the current one, whatever its export's date.
            order by case when dbt_valid_to is null then 1 else 0 end, dbt_valid_from, dbt_valid_to
        ) as nth
    from {{ held }}
),
timed as (
    select
        *,
        -- Never earlier than the previous version, and a second later if both have the same time.
        {{ dbt.dateadd('second', 'nth - 1', 'max(dbt_valid_from) over (partition by dora_key order by nth)') }} as began_at
    from numbered
)
select
    {{ columns | join(', ') }},
    {{ surrogate_key(['dora_key', 'nth']) }} as dbt_scd_id,
    began_at as dbt_updated_at,
    began_at as dbt_valid_from,
    lead(began_at) over (partition by dora_key order by nth) as dbt_valid_to
from timed
{%- endset -%}
{%- do run_query(create_table_as(false, repaired, query)) -%}
{%- do adapter.drop_relation(held) -%}
{%- do adapter.rename_relation(repaired, held) -%}
{%- do adapter.commit() if adapter.commit is defined -%}
{{ log("Repaired " ~ held ~ ".", info=true) }}
{% endmacro %}
