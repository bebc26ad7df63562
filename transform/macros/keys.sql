{#- One column that stands for several that are never null. The unit separator keeps `a, bc` apart from `ab, c`. -#}
{% macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("cast(" ~ column ~ " as " ~ dbt.type_string() ~ ")") -%}
        {%- if not loop.last %}{% do parts.append("chr(31)") %}{% endif -%}
    {%- endfor -%}
    {#- In groups, because some parsers cannot handle a chain of many operators. -#}
    {%- set groups = [] -%}
    {%- for group in parts | batch(10) -%}
        {%- do groups.append("(" ~ dbt.concat(group) ~ ")") -%}
    {%- endfor -%}
    {{ dbt.hash(dbt.concat(groups)) }}
{%- endmacro %}


{#- A hash of columns of which any may be null; a null and an empty text have different hashes. -#}
{% macro row_hash(columns) -%}
    {%- set filled = [] -%}
    {%- for column in columns -%}
        {%- do filled.append("coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), chr(30))") -%}
    {%- endfor -%}
    {{ surrogate_key(filled) }}
{%- endmacro %}
