{#- One column that stands for several that are never null. The unit separator keeps `a, bc` apart from `ab, c`. -#}
{% macro surrogate_key(columns) -%}
    md5(
        {%- for column in columns -%}
            cast({{ column }} as {{ dbt.type_string() }}){{ " || chr(31) || " if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}


{% macro team_key() -%}
    {{ surrogate_key(['org_identifier', 'project_identifier', 'team_path', 'team']) }}
{%- endmacro %}
