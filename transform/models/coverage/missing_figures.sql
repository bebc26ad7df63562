{#- Each missing figure and the reason. A missing row of a stream lacks all metrics of the stream; a null is SEI's own. -#}
with metrics as (

    select metric, stream from {{ ref('dora_metrics') }}

),

missing as (

    select
        coverage.team_key,
        coverage.period_key,
        coverage.granularity,
        coverage.aggregation,
        coverage.period_start,
        metrics.stream,
        metrics.metric,
        coverage.coverage as kind
    from {{ ref('coverage_teams') }} as coverage
    inner join metrics
        on metrics.stream = coverage.stream
    where coverage.coverage <> 'received'
    union all
    select
        figures.team_key,
        figures.period_key,
        figures.granularity,
        figures.aggregation,
        figures.period_start,
        metrics.stream,
        metrics.metric,
        'no data' as kind
    from {{ ref('fct_dora_long') }} as figures
    inner join metrics
        on metrics.metric = figures.metric
    where figures.value is null

)

select
    {{ surrogate_key(['team_key', 'granularity', 'aggregation', 'period_start', 'metric']) }} as missing_key,
    missing.*,
    case missing.kind
        when 'no data' then 'SEI gave a row without this figure: there was nothing to measure.'
        when 'not selected' then 'The stream was never selected in this project.'
        when 'not loaded' then 'The stream was selected, and never asked for this period.'
        when 'lost' then 'It was asked for and did not arrive here: the export failed, or the loader lost rows.'
        when 'withdrawn' then 'A newer export no longer holds the row.'
        when 'ended' then 'The team has had no row since its last.'
        when 'missing' then 'SEI left the team out of this stream, and has it in others.'
        else 'SEI left the team out of every stream in this period.'
    end as reason
from missing
