{#- What databases name or write differently, beyond dbt's own cross-database macros. -#}

{#- A float of 8 bytes: dbt's type_float() has 4 on DuckDB and Spark. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'sei_efficiency')()) }}
{%- endmacro %}

{% macro default__type_double() %}{{ return(dbt.type_float()) }}{% endmacro %}
{% macro duckdb__type_double() %}{{ return('double') }}{% endmacro %}
{% macro spark__type_double() %}{{ return('double') }}{% endmacro %}


{#- A time in UTC without a zone, whether the loader wrote it as text, with a zone, or without one. -#}
{% macro utc_timestamp(column) -%}
    {{ return(adapter.dispatch('utc_timestamp', 'sei_efficiency')(column)) }}
{%- endmacro %}

{% macro default__utc_timestamp(column) -%}
    cast({{ column }} as {{ dbt.type_timestamp() }})
{%- endmacro %}

{#- A cast from a zoned time gives the session's time of day; text keeps the offset, and DuckDB applies it. -#}
{% macro duckdb__utc_timestamp(column) -%}
    cast(cast({{ column }} as varchar) as timestamp)
{%- endmacro %}

{#- The loader's column has no zone; a text or a zoned time ends with its offset. -#}
{% macro postgres__utc_timestamp(column) -%}
    cast(
        cast(
            cast({{ column }} as text)
            || case when cast({{ column }} as text) ~ ':[0-9.]+([+-][0-9:]+|Z)$' then '' else '+00' end
            as timestamp with time zone
        ) at time zone 'UTC' as timestamp
    )
{%- endmacro %}


{#- 0 for Monday to 6 for Sunday; 1900-01-01 was a Monday. -#}
{% macro week_day(day) -%}
    mod(cast({{ dbt.datediff("cast('1900-01-01' as date)", day, 'day') }} as {{ dbt.type_int() }}), 7)
{%- endmacro %}


{#- The day `count` units from another one. -#}
{% macro day_after(unit, count, day) -%}
    cast({{ dbt.dateadd(unit, count, day) }} as date)
{%- endmacro %}


{#- True if two values differ, or if one of them is null. -#}
{% macro differs(one, other) -%}
    (coalesce({{ one }} <> {{ other }}, false) or ({{ one }} is null) <> ({{ other }} is null))
{%- endmacro %}


{#- The time of this dbt run, UTC. -#}
{% macro run_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}
