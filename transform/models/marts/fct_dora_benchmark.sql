{%- set metrics = ['lead_time_days', 'deployments', 'change_failure_rate_percent', 'time_to_restore_days'] -%}

with measured as (

    select
        figures.figure_key,
        figures.dora_key,
        figures.team_key,
        figures.period_key,
        figures.granularity,
        figures.aggregation,
        figures.period_start,
        figures.metric,
        figures.value,
        -- The bands of deployment frequency are kept as days between deployments, so that less is better throughout.
        case
            when figures.metric <> 'deployments' then figures.value
            when figures.value > 0 then period.days / figures.value
        end as measure
    from {{ ref('fct_dora_long') }} as figures
    inner join {{ ref('dim_period') }} as period
        on period.period_key = figures.period_key
    where figures.is_period_complete
        -- Percentiles are the slow tail; the bands are of typical work.
        and figures.aggregation in ('mean', 'median')
        and figures.metric in (
            {%- for metric in metrics %}'{{ metric }}'{{ ", " if not loop.last }}{% endfor -%}
        )

),

bands as (

    select * from {{ ref('dora_benchmarks') }}
    where benchmark_year = {{ var('benchmark_year') }}

),

limits as (

    select
        metric,
        min(lower_bound) as lowest,
        -- Null is no limit.
        case when count(upper_bound) = count(*) then max(upper_bound) end as highest
    from bands
    group by metric

),

placed as (

    select
        measured.figure_key,
        min(bands.band_rank) as best_rank,
        max(bands.band_rank) as worst_rank
    from measured
    inner join bands
        on bands.metric = measured.metric
        and measured.measure >= bands.lower_bound
        and (measured.measure < bands.upper_bound or bands.upper_bound is null)
    group by measured.figure_key

)

select
    measured.figure_key,
    measured.dora_key,
    measured.team_key,
    measured.period_key,
    measured.granularity,
    measured.aggregation,
    measured.period_start,
    measured.metric,
    measured.value,
    measured.measure,
    {{ var('benchmark_year') }} as benchmark_year,
    best.band as best_band,
    worst.band as worst_band,
    case
        when measured.value is null then 'no data'
        when measured.measure is null then 'no deployments'
        when placed.best_rank = placed.worst_rank then 'in one band'
        when placed.best_rank is not null then 'in several bands'
        when measured.measure < limits.lowest then 'better than every band'
        when measured.measure >= limits.highest then 'worse than every band'
        else 'between bands'
    end as placement,
    dora.harness_overall_rating
from measured
inner join limits
    on limits.metric = measured.metric
inner join {{ ref('fct_dora') }} as dora
    on dora.dora_key = measured.dora_key
left join placed
    on placed.figure_key = measured.figure_key
left join bands as best
    on best.metric = measured.metric
    and best.band_rank = placed.best_rank
left join bands as worst
    on worst.metric = measured.metric
    and worst.band_rank = placed.worst_rank
