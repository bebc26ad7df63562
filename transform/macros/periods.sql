{#- The length of a period, to add to or take from its first day. -#}
{% macro period_length(granularity) -%}
    case {{ granularity }}
        when 'WEEKLY' then interval '7 days'
        when 'MONTHLY' then interval '1 month'
        else interval '3 months'
    end
{%- endmacro %}


{#- Days from one date to a later one, the later one included. -#}
{% macro days_in(first_day, last_day) -%}
    ({{ last_day }} - {{ first_day }} + 1)
{%- endmacro %}
