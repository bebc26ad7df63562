{#- A metric has a row if its stream has one, even if SEI has no data for it: a missing row is not a null. -#}
with figures as (

    {%- for metric in dora_metrics() %}
    select
        dora_key,
        team_key,
        period_key,
        org_identifier,
        project_identifier,
        granularity,
        aggregation,
        period_start,
        period_end,
        is_period_complete,
        path,
        is_leaf,
        '{{ metric.name }}' as metric,
        cast({{ metric.name }} as {{ type_double() }}) as value,
        cast({{ metric.numerator or 'null' }} as {{ type_double() }}) as numerator,
        cast({{ metric.denominator or 'null' }} as {{ type_double() }}) as denominator,
        pull_request_coverage_percent,
        exported_at
    from {{ ref('fct_dora') }}
    where has_{{ metric.stream }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

described as (

    select
        figures.*,
        metrics.unit,
        metrics.better,
        metrics.is_count,
        period.days,
        period.working_days,
        period.week_day,
        -- A share that differs from its counts is a share of something else, such as incidents.
        figures.numerator is not null
            and figures.denominator > 0
            and figures.numerator <= figures.denominator
            -- Databases evaluate conditions in any order: the one above does not keep this one from dividing by 0.
            and abs(figures.value - 100.0 * figures.numerator / nullif(figures.denominator, 0))
            <= {{ var('rate_tolerance_percent') }} as is_proportion
    from figures
    inner join {{ ref('dora_metrics') }} as metrics
        on metrics.metric = figures.metric
    inner join {{ ref('dim_period') }} as period
        on period.period_key = figures.period_key

),

rated as (

    select
        *,
        -- Months differ in length: counts are compared per day. The days of an open period are not known.
        case when is_count and is_period_complete then value / days end as value_per_day,
        case when is_count and is_period_complete and working_days > 0 then value / working_days end
            as value_per_working_day
    from described

)

select
    {{ surrogate_key(['dora_key', 'metric']) }} as figure_key,
    dora_key,
    team_key,
    period_key,
    org_identifier,
    project_identifier,
    granularity,
    aggregation,
    period_start,
    period_end,
    week_day,
    is_period_complete,
    path,
    is_leaf,
    metric,
    value,
    unit,
    better,
    is_count,
    numerator,
    denominator,
    pull_request_coverage_percent,
    value_per_day,
    value_per_working_day,
    {%- set per = var('compare_counts_per') %}
    {%- if per not in ['day', 'working_day'] -%}
        {{ exceptions.raise_compiler_error("compare_counts_per must be day or working_day, not " ~ per) }}
    {%- endif %}
    {%- set length = 'days' if per == 'day' else 'working_days' %}
    case when is_count then value_per_{{ per }} else value end as measure,
    case
        when is_proportion then 100.0 * {{ wilson_bound('numerator', 'denominator', '-') }}
        when value_per_{{ per }} is not null then {{ poisson_bound('value', '-') }} / {{ length }}
    end as measure_low,
    case
        when is_proportion then 100.0 * {{ wilson_bound('numerator', 'denominator', '+') }}
        when value_per_{{ per }} is not null then {{ poisson_bound('value', '+') }} / {{ length }}
    end as measure_high,
    exported_at
from rated
