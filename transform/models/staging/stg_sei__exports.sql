with loaded as (

    {{ loaded_table('exports', [
        'run_id', 'sequence', 'run_started_at', 'org_identifier', 'project_identifier', 'stream', 'metric_groups', 'scope',
        'window_start', 'window_end', 'granularity', 'aggregation', 'export_id', 'origin', 'split_from', 'attempt',
        'created_at', 'completed_at', 'wait_seconds', 'polls', 'bytes', 'rows', 'teams', 'status', 'message'
    ], renamed={'rows': 'emitted_rows'}) }}

)

select
    {{ surrogate_key(['run_id', 'sequence']) }} as export_key,
    run_id,
    cast(sequence as {{ dbt.type_bigint() }}) as sequence,
    {{ utc_timestamp('run_started_at') }} as run_started_at,
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
    cast(attempt as {{ dbt.type_bigint() }}) as attempt,
    {{ utc_timestamp('created_at') }} as created_at,
    {{ utc_timestamp('completed_at') }} as completed_at,
    cast(wait_seconds as {{ type_double() }}) as wait_seconds,
    cast(polls as {{ dbt.type_bigint() }}) as polls,
    cast(bytes as {{ dbt.type_bigint() }}) as downloaded_bytes,
    cast(emitted_rows as {{ dbt.type_bigint() }}) as emitted_rows,
    cast(teams as {{ dbt.type_bigint() }}) as emitted_teams,
    status,
    message
from loaded
{%- if unread_streams() %}
where stream not in {{ quoted(unread_streams()) }}
{%- endif %}
