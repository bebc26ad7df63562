{%- set year = var('benchmark_year') | string | lower -%}
{%- if year not in ['2019', '2021', '2022', '2023', '2024', 'none'] -%}
    {{ exceptions.raise_compiler_error(
        "benchmark_year must be 2019, 2021, 2022, 2023, 2024 or none, not " ~ year
        ~ ". DORA published no bands in 2020, and none since 2025."
    ) }}
{%- endif -%}
{%- set bands_of = '-1' if year == 'none' else year %}

with bands as (

    select * from {{ ref('dora_benchmarks') }}
    where benchmark_year = {{ bands_of }}

),

-- Bands are about one application or service: a parent blends many. Percentiles describe the slow tail, and bands typical work.
measured as (

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
        figures.metric,
        figures.value,
        figures.denominator,
        dora.harness_overall_rating,
        case figures.metric
            -- DORA's lead time starts with the commit. Only means of stages add up.
            when 'lead_time_days' then
                case when figures.aggregation = 'mean'
                    then dora.coding_days + dora.review_days + dora.build_days + dora.deploy_days end
            -- The bands of deployment frequency are given as days between deployments, so less is better for all metrics.
            when 'deployments' then case when figures.value > 0 then period.days / figures.value end
            else figures.value
        end as measure,
        case figures.metric
            when 'lead_time_days' then {{ var('band_minimum_deployments') }}
            when 'change_failure_rate_percent' then {{ var('band_minimum_deployments') }}
            when 'time_to_restore_days' then {{ var('band_minimum_failures') }}
            else 0
        end as minimum
    from {{ ref('fct_dora_long') }} as figures
    inner join {{ ref('fct_dora') }} as dora
        on dora.dora_key = figures.dora_key
    inner join {{ ref('dim_period') }} as period
        on period.period_key = figures.period_key
    where figures.is_leaf
        and figures.is_period_complete
        and figures.aggregation in ('mean', 'median')
        and figures.metric in {{ quoted(headline_metrics()) }}
        and {{ bands_of }} > 0

),

limits as (

    select
        metric,
        count(lower_bound) as ranges,
        min(lower_bound) as lowest,
        -- Null means no limit.
        case when count(upper_bound) = count(*) then max(upper_bound) end as highest,
        {{ dbt.listagg(dbt.concat(['band', "': '", 'published']), "'; '", 'order by band_rank') }} as published
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
    where measured.denominator >= measured.minimum or measured.minimum = 0
    group by measured.figure_key

)

select
    measured.figure_key,
    measured.dora_key,
    measured.team_key,
    measured.period_key,
    measured.org_identifier,
    measured.project_identifier,
    measured.granularity,
    measured.aggregation,
    measured.period_start,
    measured.path,
    measured.metric,
    measured.value,
    measured.denominator,
    measured.minimum as minimum_denominator,
    measured.measure,
    case measured.metric
        when 'lead_time_days' then 'days from the first commit: coding, review, build and deploy'
        when 'deployments' then 'days between deployments'
        when 'change_failure_rate_percent' then 'percent of deployments'
        else 'days'
    end as measure_is,
    {{ bands_of }} as benchmark_year,
    publications.title as benchmark_source,
    best.band as best_band,
    worst.band as worst_band,
    case
        when measured.value is null then 'no data'
        when measured.metric = 'deployments' and measured.value = 0 then 'no deployments'
        when measured.metric = 'lead_time_days' and measured.aggregation <> 'mean' then 'stages do not add up'
        when measured.measure is null then 'no data'
        when measured.minimum > 0 and measured.denominator is null then 'number behind it unknown'
        when measured.denominator < measured.minimum and measured.metric = 'time_to_restore_days' then 'too few failures'
        when measured.denominator < measured.minimum then 'too few deployments'
        when limits.ranges = 0 then 'published as single values'
        when placed.best_rank = placed.worst_rank then 'in one band'
        when placed.best_rank is not null then 'in several bands'
        when measured.measure < limits.lowest then 'better than every band'
        when measured.measure >= limits.highest then 'worse than every band'
        else 'between bands'
    end as placement,
    limits.published,
    measured.harness_overall_rating
from measured
inner join limits
    on limits.metric = measured.metric
inner join {{ ref('dora_publications') }} as publications
    on publications.publication_year = {{ bands_of }}
left join placed
    on placed.figure_key = measured.figure_key
left join bands as best
    on best.metric = measured.metric
    and best.band_rank = placed.best_rank
left join bands as worst
    on worst.metric = measured.metric
    and worst.band_rank = placed.worst_rank
