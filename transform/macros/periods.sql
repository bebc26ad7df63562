{#- The last day of the period that begins on `first_day`. -#}
{% macro period_end(granularity, first_day) -%}
    case {{ granularity }}
        when 'WEEKLY' then {{ day_after('day', 6, first_day) }}
        when 'MONTHLY' then {{ day_after('day', -1, day_after('month', 1, first_day)) }}
        else {{ day_after('day', -1, day_after('month', 3, first_day)) }}
    end
{%- endmacro %}


{#- The first day of the same period a year before; 52 weeks before, for weeks. -#}
{% macro year_ago(granularity, first_day) -%}
    case when {{ granularity }} = 'WEEKLY' then {{ day_after('day', -364, first_day) }}
        else {{ day_after('month', -12, first_day) }}
    end
{%- endmacro %}
