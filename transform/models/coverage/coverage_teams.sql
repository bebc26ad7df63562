with loaded as (

    select * from {{ ref('int_stream_rows') }}
    where stream in (
        {%- for stream in dora_streams() %}'{{ stream }}'{{ ", " if not loop.last }}{% endfor -%}
    )

),

-- What there is to expect: each team, from the first period that it was seen in to the newest, in each stream.
series as (

    select org_identifier, project_identifier, granularity, aggregation, stream, max(period_start) as newest_start
    from loaded
    group by org_identifier, project_identifier, granularity, aggregation, stream

),

teams as (

    select
        org_identifier,
        project_identifier,
        granularity,
        aggregation,
        team_key,
        min(period_start) as first_start,
        max(period_start) as last_start
    from loaded
    group by org_identifier, project_identifier, granularity, aggregation, team_key

),

expected as (

    select
        series.stream,
        teams.team_key,
        teams.granularity,
        teams.aggregation,
        period.period_key,
        period.period_start,
        teams.last_start
    from series
    inner join teams
        on teams.org_identifier = series.org_identifier
        and teams.project_identifier = series.project_identifier
        and teams.granularity = series.granularity
        and teams.aggregation = series.aggregation
    inner join {{ ref('dim_period') }} as period
        on period.granularity = series.granularity
        and period.period_start between teams.first_start and series.newest_start

),

-- An export newer than the row that covered the row's scope and period, and did not hold the row any more.
withdrawn as (

    select distinct loaded.stream, loaded.dora_key
    from loaded
    inner join {{ ref('stg_sei__exports') }} as exports
        on exports.status = 'completed'
        and exports.org_identifier = loaded.org_identifier
        and exports.project_identifier = loaded.project_identifier
        and exports.stream = loaded.stream
        and exports.scope = loaded.scope
        and exports.granularity = loaded.granularity
        and exports.aggregation = loaded.aggregation
        and loaded.period_start between exports.window_start and exports.window_end
        and exports.created_at > loaded.exported_at

),

any_stream as (

    select distinct team_key, granularity, aggregation, period_start
    from loaded

)

select
    {{ surrogate_key([
        'expected.stream', 'expected.team_key', 'expected.aggregation', 'expected.granularity', 'expected.period_start'
    ]) }} as coverage_key,
    expected.stream,
    expected.team_key,
    expected.period_key,
    expected.granularity,
    expected.aggregation,
    expected.period_start,
    case
        when withdrawn.dora_key is not null then 'withdrawn'
        when loaded.dora_key is not null then 'received'
        when any_stream.team_key is not null then 'missing'
        when expected.period_start > expected.last_start then 'ended'
        else 'silent'
    end as coverage
from expected
left join loaded
    on loaded.stream = expected.stream
    and loaded.team_key = expected.team_key
    and loaded.granularity = expected.granularity
    and loaded.aggregation = expected.aggregation
    and loaded.period_start = expected.period_start
left join withdrawn
    on withdrawn.stream = loaded.stream
    and withdrawn.dora_key = loaded.dora_key
left join any_stream
    on any_stream.team_key = expected.team_key
    and any_stream.granularity = expected.granularity
    and any_stream.aggregation = expected.aggregation
    and any_stream.period_start = expected.period_start
