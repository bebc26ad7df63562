{#- A team's usual range before each closed period: the mean of its earlier figures and their mean moving range. -#}
{{ config(materialized='table') }}

with measured as (

    select
        figure_key,
        team_key,
        granularity,
        aggregation,
        week_day,
        metric,
        period_start,
        measure,
        abs(measure - lag(measure) over (
            partition by team_key, granularity, aggregation, week_day, metric
            order by period_start
        )) as moving_range
    from {{ ref('fct_dora_long') }}
    where is_period_complete
        and measure is not null

),

usual as (

    select
        figure_key,
        avg(measure) over (
            partition by team_key, granularity, aggregation, week_day, metric
            order by period_start
            rows between {{ var('usual_periods') }} preceding and 1 preceding
        ) as usual_mean,
        avg(moving_range) over (
            partition by team_key, granularity, aggregation, week_day, metric
            order by period_start
            rows between {{ var('usual_periods') - 1 }} preceding and 1 preceding
        ) as usual_moving_range,
        count(measure) over (
            partition by team_key, granularity, aggregation, week_day, metric
            order by period_start
            rows between {{ var('usual_periods') }} preceding and 1 preceding
        ) as usual_periods
    from measured

)

select
    figure_key,
    usual_mean,
    usual_moving_range,
    usual_periods,
    -- Three standard deviations; one is the mean moving range divided by 1.128.
    usual_mean - 3 / 1.128 * usual_moving_range as usual_low,
    usual_mean + 3 / 1.128 * usual_moving_range as usual_high
from usual
where usual_periods >= {{ var('usual_periods_minimum') }}
