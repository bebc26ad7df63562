with periods as (

    select
        teams.loaded_team_key,
        min(dora_rows.period_start) as first_period_start,
        max(dora_rows.period_end) as last_period_end
    from {{ ref('int_teams') }} as teams
    inner join {{ ref('int_stream_rows') }} as stream_rows
        on stream_rows.loaded_team_key = teams.loaded_team_key
    inner join {{ ref('int_dora_rows') }} as dora_rows
        on dora_rows.row_key = stream_rows.row_key
        and dora_rows.stream = stream_rows.stream
    where not dora_rows.is_withdrawn
    group by teams.loaded_team_key

)

select
    teams.loaded_team_key,
    teams.team_key,
    teams.org_identifier,
    teams.project_identifier,
    teams.team_path,
    teams.team,
    teams.path,
    teams.parent_path,
    teams.team_ref_id,
    -- Null if newer exports have withdrawn all rows of this name.
    periods.first_period_start,
    periods.last_period_end,
    teams.is_newest_name
from {{ ref('int_teams') }} as teams
left join periods
    on periods.loaded_team_key = teams.loaded_team_key
