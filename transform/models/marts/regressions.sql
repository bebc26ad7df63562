{#- Figures of the last closed period that are worse than the team's usual range, by more than small numbers explain. -#}
with last_periods as (

    select granularity, max(period_start) as period_start
    from {{ ref('dim_period') }}
    where is_complete and has_rows
    group by granularity

)

select
    figures.figure_key,
    figures.dora_key,
    figures.team_key,
    figures.period_key,
    figures.org_identifier,
    figures.project_identifier,
    figures.granularity,
    figures.aggregation,
    figures.period_start,
    figures.path,
    figures.is_leaf,
    figures.metric,
    figures.unit,
    figures.value,
    figures.numerator,
    figures.denominator,
    figures.measure,
    usual.usual_mean,
    usual.usual_low,
    usual.usual_high,
    usual.usual_periods
from {{ ref('fct_dora_long') }} as figures
inner join last_periods
    on last_periods.granularity = figures.granularity
    and last_periods.period_start = figures.period_start
inner join {{ ref('int_usual_ranges') }} as usual
    on usual.figure_key = figures.figure_key
where figures.metric in {{ quoted(headline_metrics()) }}
    and (
        (
            figures.better = 'lower'
            and figures.measure > usual.usual_high
            and coalesce(figures.measure_low, figures.measure) > usual.usual_mean
        )
        or (
            figures.better = 'higher'
            and figures.measure < usual.usual_low
            and coalesce(figures.measure_high, figures.measure) < usual.usual_mean
        )
    )
