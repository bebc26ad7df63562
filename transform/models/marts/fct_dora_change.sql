with figures as (

    select * from {{ ref('fct_dora_long') }}

),

pairs as (

    {%- for comparison, column in [('previous period', 'previous_period_start'), ('year ago', 'year_ago_period_start')] %}
    select
        figures.figure_key,
        '{{ comparison }}' as comparison,
        period.{{ column }} as compared_period_start
    from figures
    inner join {{ ref('dim_period') }} as period
        on period.period_key = figures.period_key
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

-- The period itself, not the row before: a team without a row for a period has no change in the next.
compared as (

    select
        figures.*,
        pairs.comparison,
        pairs.compared_period_start,
        other.value as compared_value,
        other.numerator as compared_numerator,
        other.denominator as compared_denominator,
        other.measure as compared_measure,
        other.measure_low as compared_low,
        other.measure_high as compared_high,
        other.figure_key is not null as has_compared_row,
        figures.is_period_complete and coalesce(other.is_period_complete, false) as is_comparable,
        usual.usual_moving_range
    from figures
    inner join pairs
        on pairs.figure_key = figures.figure_key
    left join figures as other
        on other.team_key = figures.team_key
        and other.granularity = figures.granularity
        and other.aggregation = figures.aggregation
        and other.metric = figures.metric
        and other.period_start = pairs.compared_period_start
    left join {{ ref('int_usual_ranges') }} as usual
        on usual.figure_key = figures.figure_key

),

differences as (

    select
        *,
        case when is_comparable then measure - compared_measure end as change,
        case
            when not is_comparable or measure is null or compared_measure is null then null
            when measure_low is not null and compared_low is not null then 'interval of counts'
            when usual_moving_range is not null then 'usual moving range'
            else 'too few periods'
        end as noise_method
    from compared

),

bounded as (

    select
        *,
        case
            when noise_method = 'interval of counts'
                then {{ lower_difference('measure', 'measure_low', 'compared_measure', 'compared_high') }}
            -- Two figures with the spread s differ by noise below z * sqrt(2) * s; s is the mean moving range divided by 1.128.
            when noise_method = 'usual moving range' then change - {{ var('noise_z') }} * 1.2537 * usual_moving_range
        end as change_low,
        case
            when noise_method = 'interval of counts'
                then {{ upper_difference('measure', 'measure_high', 'compared_measure', 'compared_low') }}
            when noise_method = 'usual moving range' then change + {{ var('noise_z') }} * 1.2537 * usual_moving_range
        end as change_high
    from differences

),

judged as (

    select
        *,
        -- Null if noise is not known.
        case when change_low is not null then change = 0 or (change_low <= 0 and change_high >= 0) end as is_within_noise
    from bounded

)

select
    {{ surrogate_key(['figure_key', 'comparison']) }} as change_key,
    figure_key,
    comparison,
    dora_key,
    team_key,
    period_key,
    org_identifier,
    project_identifier,
    granularity,
    aggregation,
    period_start,
    compared_period_start,
    is_leaf,
    metric,
    unit,
    is_count,
    value,
    compared_value,
    numerator,
    denominator,
    compared_numerator,
    compared_denominator,
    measure,
    compared_measure,
    has_compared_row,
    is_comparable,
    change,
    case when compared_measure <> 0 then 100 * change / compared_measure end as change_percent,
    change_low,
    change_high,
    noise_method,
    is_within_noise,
    case
        when change is null then null
        when change = 0 then 'same'
        when is_within_noise or is_within_noise is null then null
        when better is null then 'changed'
        when (better = 'lower') = (change < 0) then 'better'
        else 'worse'
    end as direction
from judged
