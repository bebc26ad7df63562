with dora_rows as (

    select * from {{ ref('int_dora_rows') }}

),

-- The expected rows: each team, from its first period to the newest, in each stream.
newest as (

    select org_identifier, project_identifier, granularity, aggregation, max(period_start) as newest_start
    from dora_rows
    group by org_identifier, project_identifier, granularity, aggregation

),

teams as (

    select
        org_identifier,
        project_identifier,
        granularity,
        aggregation,
        team_key,
        min(period_start) as first_start,
        max(case when not is_withdrawn then period_start end) as last_start
    from dora_rows
    group by org_identifier, project_identifier, granularity, aggregation, team_key

),

streams as (

    {%- for stream in dora_streams() %}
    select '{{ stream }}' as stream
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

-- Streams that have rows, or that the ledger names.
selected as (

    select distinct org_identifier, project_identifier, granularity, aggregation, stream
    from (
        select org_identifier, project_identifier, granularity, aggregation, stream from dora_rows
        union all
        select org_identifier, project_identifier, granularity, aggregation, stream from {{ ref('stg_sei__exports') }}
    ) as named

),

ledgers as (

    select distinct org_identifier, project_identifier, granularity, aggregation
    from {{ ref('stg_sei__exports') }}

),

scopes as (

    select distinct team_key, granularity, aggregation, scope
    from dora_rows

),

-- What the ledger says of each stream and period under one of the team's scopes.
asked as (

    select
        scopes.team_key,
        periods.stream,
        periods.granularity,
        periods.aggregation,
        periods.period_start,
        max(case when periods.coverage = 'never received' then 1 else 0 end) as is_never_received,
        max(case when periods.has_lost_rows then 1 else 0 end) as has_lost_rows
    from (
        select
            coverage.org_identifier,
            coverage.project_identifier,
            coverage.stream,
            coverage.scope,
            coverage.granularity,
            coverage.aggregation,
            coverage.period_start,
            coverage.coverage,
            short.export_key is not null as has_lost_rows
        from {{ ref('int_asked_periods') }} as coverage
        left join {{ ref('int_exports') }} as short
            on short.loaded = 'short'
            and short.org_identifier = coverage.org_identifier
            and short.project_identifier = coverage.project_identifier
            and short.stream = coverage.stream
            and short.scope = coverage.scope
            and short.granularity = coverage.granularity
            and short.aggregation = coverage.aggregation
            and short.window_start <= coverage.period_start
            and short.window_end >= coverage.period_start
    ) as periods
    inner join scopes
        on scopes.scope = periods.scope
        and scopes.granularity = periods.granularity
        and scopes.aggregation = periods.aggregation
    group by scopes.team_key, periods.stream, periods.granularity, periods.aggregation, periods.period_start

),

received as (

    select
        stream,
        team_key,
        granularity,
        aggregation,
        period_start,
        min(case when is_withdrawn then 1 else 0 end) as is_withdrawn
    from dora_rows
    group by stream, team_key, granularity, aggregation, period_start

),

any_stream as (

    select distinct team_key, granularity, aggregation, period_start
    from received
    where is_withdrawn = 0

),

expected as (

    select
        streams.stream,
        teams.org_identifier,
        teams.project_identifier,
        teams.team_key,
        teams.granularity,
        teams.aggregation,
        period.period_key,
        period.period_start,
        teams.last_start
    from teams
    cross join streams
    inner join newest
        on newest.org_identifier = teams.org_identifier
        and newest.project_identifier = teams.project_identifier
        and newest.granularity = teams.granularity
        and newest.aggregation = teams.aggregation
    inner join {{ ref('dim_period') }} as period
        on period.granularity = teams.granularity
        and period.period_start >= teams.first_start
        and period.period_start <= newest.newest_start

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
        when received.is_withdrawn = 0 then 'received'
        when received.is_withdrawn = 1 then 'withdrawn'
        when selected.stream is null then 'not selected'
        when asked.is_never_received = 1 or asked.has_lost_rows = 1 then 'lost'
        when ledgers.granularity is not null and asked.team_key is null then 'not loaded'
        when any_stream.team_key is not null then 'missing'
        when expected.period_start > expected.last_start or expected.last_start is null then 'ended'
        else 'silent'
    end as coverage
from expected
left join received
    on received.stream = expected.stream
    and received.team_key = expected.team_key
    and received.granularity = expected.granularity
    and received.aggregation = expected.aggregation
    and received.period_start = expected.period_start
left join selected
    on selected.org_identifier = expected.org_identifier
    and selected.project_identifier = expected.project_identifier
    and selected.granularity = expected.granularity
    and selected.aggregation = expected.aggregation
    and selected.stream = expected.stream
left join ledgers
    on ledgers.org_identifier = expected.org_identifier
    and ledgers.project_identifier = expected.project_identifier
    and ledgers.granularity = expected.granularity
    and ledgers.aggregation = expected.aggregation
left join asked
    on asked.team_key = expected.team_key
    and asked.stream = expected.stream
    and asked.granularity = expected.granularity
    and asked.aggregation = expected.aggregation
    and asked.period_start = expected.period_start
left join any_stream
    on any_stream.team_key = expected.team_key
    and any_stream.granularity = expected.granularity
    and any_stream.aggregation = expected.aggregation
    and any_stream.period_start = expected.period_start
