{#- The rows of `relation` for which `is_wrong` holds, each with the number of rows that were checked. -#}
{% macro wrong_rows(relation, columns, is_wrong) %}
select {{ columns | join(', ') }}, checked_rows
from (
    select
        {{ columns | join(', ') }},
        case when {{ is_wrong }} then 1 else 0 end as is_wrong,
        count(*) over () as checked_rows
    from {{ relation }}
) as checked
where is_wrong = 1
{% endmacro %}


{#- A test's `error_if`: wrong rows are a warning, up to a share of the rows that were checked. -#}
{% macro above_share() %}
{{ return("> coalesce(" ~ var('arithmetic_error_share') ~ " * max(checked_rows), 0)") }}
{% endmacro %}
