with loaded as (

    {{ loaded_table('exports', [
        'run_id', 'sequence', 'run_started_at', 'org_identifier', 'project_identifier', 'stream', 'metric_groups', 'scope',
        'window_start', 'window_end', 'granularity', 'aggregation', 'export_id', 'origin', 'split_from', 'attempt',
        'created_at', 'completed_at', 'wait_seconds', 'polls', 'bytes', 'rows', 'teams', 'status', 'message'
    ]) }}

)

select
    {{ surrogate_key(['run_id', 'sequence']) }} as export_key,
    run_id,
    cast(sequence as bigint) as sequence,
    cast(run_started_at as timestamp) as run_started_at,
    org_identifier,
    project_identifier,
    stream,
    metric_groups,
    scope,
    cast(window_start as date) as window_start,
    cast(window_end as date) as window_end,
    granularity,
    aggregation,
    export_id,
    origin,
    split_from,
    cast(attempt as bigint) as attempt,
    cast(created_at as timestamp) as created_at,
    cast(completed_at as timestamp) as completed_at,
    cast(wait_seconds as double precision) as wait_seconds,
    cast(polls as bigint) as polls,
    cast(bytes as bigint) as downloaded_bytes,
    cast("rows" as bigint) as emitted_rows,
    cast(teams as bigint) as emitted_teams,
    status,
    message
from loaded
