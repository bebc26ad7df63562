{{ config(materialized='table') }}
with asked as (

    select
        exports.org_identifier,
        exports.project_identifier,
        exports.stream,
        exports.scope,
        exports.granularity,
        exports.aggregation,
        period.period_key,
        period.period_start,
        exports.run_started_at,
        exports.sequence,
        exports.status = 'completed' as is_completed,
        exports.status,
        exports.message
    from {{ ref('stg_sei__exports') }} as exports
    inner join {{ ref('dim_period') }} as period
        on period.granularity = exports.granularity
        and period.period_start <= exports.window_end
        and period.period_end >= exports.window_start

),

runs as (

    select
        *,
        max(run_started_at) over (
            partition by org_identifier, project_identifier, stream, scope, granularity, aggregation, period_key
        ) as last_asked_at,
        max(case when is_completed then run_started_at end) over (
            partition by org_identifier, project_identifier, stream, scope, granularity, aggregation, period_key
        ) as last_received_at,
        row_number() over (
            partition by
                org_identifier, project_identifier, stream, scope, granularity, aggregation, period_key
            order by run_started_at desc, is_completed desc, sequence desc
        ) as newest
    from asked

)

select
    {{ surrogate_key([
        'org_identifier', 'project_identifier', 'stream', 'scope', 'granularity', 'aggregation', 'period_start'
    ]) }} as coverage_key,
    org_identifier,
    project_identifier,
    stream,
    scope,
    granularity,
    aggregation,
    period_key,
    period_start,
    last_asked_at,
    last_received_at,
    case
        when last_received_at is null then 'never received'
        when last_received_at < last_asked_at then 'outdated'
        else 'received'
    end as coverage,
    case when not is_completed then status end as failure,
    case when not is_completed then message end as failure_message
from runs
where newest = 1
