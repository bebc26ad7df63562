{#-
    The rows of `streams`, each with its team and whether it was withdrawn. `key` is the name of the key of a team's period; the
    column `period` distinguishes the periods of a team. The export of a row is the one whose window contains `exported_by`.
-#}
{% macro team_rows(streams, key, period='period_start', exported_by='period_start') %}
with loaded as (

    select
        stream_rows.stream,
        stream_rows.row_key,
        {{ surrogate_key([
            'stream_rows.org_identifier', 'stream_rows.project_identifier', 'teams.first_team_path', 'teams.first_team',
            'stream_rows.granularity', 'stream_rows.aggregation', 'stream_rows.' ~ period
        ]) }} as {{ key }},
        teams.team_key,
        stream_rows.period_key,
        stream_rows.org_identifier,
        stream_rows.project_identifier,
        teams.path,
        teams.parent_path,
        stream_rows.granularity,
        stream_rows.aggregation,
        stream_rows.period_start,
        stream_rows.period_end,
        stream_rows.is_period_complete,
        stream_rows.scope,
        stream_rows.exported_at
    from {{ ref('int_stream_rows') }} as stream_rows
    inner join {{ ref('int_teams') }} as teams
        on teams.loaded_team_key = stream_rows.loaded_team_key
    where stream_rows.stream in {{ quoted(streams) }}

),

-- A newer export of the same scope and period that was loaded whole, and no longer has the row.
left_out as (

    select distinct loaded.stream, loaded.row_key
    from loaded
    inner join {{ ref('int_exports') }} as exports
        on exports.org_identifier = loaded.org_identifier
        and exports.project_identifier = loaded.project_identifier
        and exports.stream = loaded.stream
        and exports.scope = loaded.scope
        and exports.granularity = loaded.granularity
        and exports.aggregation = loaded.aggregation
        and exports.window_start <= loaded.{{ exported_by }}
        and exports.window_end >= loaded.{{ exported_by }}
        and exports.created_at > loaded.exported_at
    where exports.loaded <> 'short'

),

-- After a rename or a move, a period can have rows under both names: the row of the newer export counts.
ranked as (

    select
        loaded.*,
        left_out.row_key is not null as is_left_out,
        row_number() over (
            partition by loaded.stream, loaded.{{ key }}
            order by case when left_out.row_key is null then 0 else 1 end, loaded.exported_at desc, loaded.row_key
        ) as nth
    from loaded
    left join left_out
        on left_out.stream = loaded.stream
        and left_out.row_key = loaded.row_key

)

select
    stream,
    row_key,
    {{ key }},
    team_key,
    period_key,
    org_identifier,
    project_identifier,
    path,
    parent_path,
    granularity,
    aggregation,
    period_start,
    period_end,
    is_period_complete,
    scope,
    exported_at,
    is_left_out or nth > 1 as is_withdrawn
from ranked
{% endmacro %}
