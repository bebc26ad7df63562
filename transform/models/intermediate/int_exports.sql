{{ config(materialized='table') }}
with exports as (

    select *
    from {{ ref('stg_sei__exports') }}
    where status = 'completed'
        and emitted_rows is not null

),

loaded as (

    select * from {{ ref('int_stream_rows') }}

),

held as (

    select org_identifier, project_identifier, stream, export_id, count(*) as held_rows
    from loaded
    group by org_identifier, project_identifier, stream, export_id

),

scopes as (

    select
        org_identifier,
        project_identifier,
        stream,
        scope,
        granularity,
        aggregation,
        count(distinct loaded_team_key) as teams
    from loaded
    group by org_identifier, project_identifier, stream, scope, granularity, aggregation

),

-- Rows that newer exports of the same window replaced. If the scope has fewer teams than the export, another scope has taken
-- some of its rows, and rows of any scope can have replaced them.
replaced as (

    select exports.export_key, count(*) as newer_rows
    from exports
    left join scopes
        on scopes.org_identifier = exports.org_identifier
        and scopes.project_identifier = exports.project_identifier
        and scopes.stream = exports.stream
        and scopes.scope = exports.scope
        and scopes.granularity = exports.granularity
        and scopes.aggregation = exports.aggregation
    inner join loaded
        on loaded.stream = exports.stream
        and loaded.org_identifier = exports.org_identifier
        and loaded.project_identifier = exports.project_identifier
        and loaded.granularity = exports.granularity
        and loaded.aggregation = exports.aggregation
        and loaded.period_start <= exports.window_end
        -- A sprint may have no end yet.
        and coalesce(loaded.period_end, exports.window_end) >= exports.window_start
        and loaded.exported_at >= exports.created_at
        and loaded.export_id <> exports.export_id
        and (loaded.scope = exports.scope or coalesce(scopes.teams, 0) < exports.emitted_teams)
    group by exports.export_key

),

periods as (

    select exports.export_key, count(*) as periods
    from exports
    inner join {{ ref('dim_period') }} as period
        on period.granularity = exports.granularity
        and period.period_start <= exports.window_end
        and period.period_end >= exports.window_start
    group by exports.export_key

),

counted as (

    select
        exports.*,
        coalesce(periods.periods, 0) as periods,
        coalesce(held.held_rows, 0) as held_rows,
        coalesce(replaced.newer_rows, 0) as newer_rows
    from exports
    left join periods on periods.export_key = exports.export_key
    left join held
        on held.org_identifier = exports.org_identifier
        and held.project_identifier = exports.project_identifier
        and held.stream = exports.stream
        and held.export_id = exports.export_id
    left join replaced on replaced.export_key = exports.export_key

)

select
    export_key,
    run_started_at,
    org_identifier,
    project_identifier,
    stream,
    scope,
    granularity,
    aggregation,
    window_start,
    window_end,
    export_id,
    created_at,
    periods,
    emitted_teams,
    periods * emitted_teams as expected_team_periods,
    emitted_rows as received_team_periods,
    held_rows,
    newer_rows,
    case when held_rows + newer_rows < emitted_rows then emitted_rows - held_rows - newer_rows else 0 end as missing_rows,
    case when held_rows > emitted_rows then held_rows - emitted_rows else 0 end as surplus_rows,
    case
        when held_rows > emitted_rows then 'surplus'
        when held_rows = emitted_rows then 'whole'
        when held_rows + newer_rows >= emitted_rows then 'replaced'
        else 'short'
    end as loaded
from counted
