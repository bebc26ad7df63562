with current_names as (

    select * from {{ ref('int_teams') }}
    where is_newest_name

),

-- The tree as of now, if SEI's list of teams was loaded.
tree as (

    select
        org_identifier,
        project_identifier,
        team_ref_id,
        max(parent_team_ref_id) as parent_team_ref_id,
        max(case when is_leaf then 1 else 0 end) as is_leaf
    from {{ ref('team_tree') }}
    where dbt_valid_to is null
    group by org_identifier, project_identifier, team_ref_id

),

seen as (

    select
        teams.team_key,
        stream_rows.granularity,
        min(stream_rows.period_start) as first_start,
        max(stream_rows.period_start) as last_start,
        max(stream_rows.period_end) as last_end
    from {{ ref('int_stream_rows') }} as stream_rows
    inner join {{ ref('int_teams') }} as teams
        on teams.loaded_team_key = stream_rows.loaded_team_key
    left join {{ ref('int_dora_rows') }} as dora_rows
        on dora_rows.stream = stream_rows.stream
        and dora_rows.row_key = stream_rows.row_key
    where not coalesce(dora_rows.is_withdrawn, false)
    group by teams.team_key, stream_rows.granularity

),

newest as (

    select org_identifier, project_identifier, granularity, max(period_start) as newest_start
    from {{ ref('int_stream_rows') }}
    where is_period_complete
    group by org_identifier, project_identifier, granularity

),

lives as (

    select
        seen.team_key,
        min(seen.first_start) as first_seen_on,
        max(seen.last_end) as last_seen_on,
        -- Ended if it has no row in the newest closed period of any granularity. Teams start their sprints on different days.
        min(
            case when newest.newest_start > case when seen.granularity = 'SPRINT' then seen.last_end else seen.last_start end
                then 1 else 0 end
        ) as has_ended
    from seen
    inner join current_names
        on current_names.team_key = seen.team_key
    left join newest
        on newest.org_identifier = current_names.org_identifier
        and newest.project_identifier = current_names.project_identifier
        and newest.granularity = seen.granularity
    group by seen.team_key

),

last_periods as (

    select seen.team_key, max(period.period_label) as last_period_label
    from (
        select *, max(last_end) over (partition by team_key) as newest_end
        from seen
        where granularity <> 'SPRINT'
    ) as seen
    inner join {{ ref('dim_period') }} as period
        on period.granularity = seen.granularity
        and period.period_start = seen.last_start
    where seen.last_end = seen.newest_end
    group by seen.team_key

),

paths as (

    select org_identifier, project_identifier, path, min(team_key) as team_key
    from current_names
    group by org_identifier, project_identifier, path

),

placed as (

    select
        current_names.*,
        coalesce(parents.team_key, tree_parents.team_key) as parent_team_key,
        tree.is_leaf as is_leaf_in_tree,
        coalesce(lives.first_seen_on, current_names.first_seen_on) as first_seen,
        coalesce(lives.last_seen_on, current_names.last_seen_on) as last_seen,
        coalesce(lives.has_ended, 1) = 1 as has_ended,
        last_periods.last_period_label
    from current_names
    left join paths as parents
        on parents.org_identifier = current_names.org_identifier
        and parents.project_identifier = current_names.project_identifier
        and parents.path = current_names.parent_path
    left join tree
        on tree.org_identifier = current_names.org_identifier
        and tree.project_identifier = current_names.project_identifier
        and tree.team_ref_id = current_names.team_ref_id
    left join current_names as tree_parents
        on tree_parents.org_identifier = tree.org_identifier
        and tree_parents.project_identifier = tree.project_identifier
        and tree_parents.team_ref_id = tree.parent_team_ref_id
    left join lives
        on lives.team_key = current_names.team_key
    left join last_periods
        on last_periods.team_key = current_names.team_key

),

-- A team that ended is not a child any more.
with_children as (

    select distinct org_identifier, project_identifier, parent_path as path
    from placed
    where not has_ended and parent_path is not null

)

select
    placed.team_key,
    placed.org_identifier,
    placed.project_identifier,
    placed.team_path,
    placed.team,
    placed.path,
    placed.parent_path,
    placed.parent_team_key,
    cast(
        case
            when placed.parent_path is null then 1
            else 2 + length(placed.parent_path) - length(replace(placed.parent_path, '/', ''))
        end as {{ dbt.type_int() }}
    ) as level,
    coalesce(placed.is_leaf_in_tree = 1, with_children.path is null) and with_children.path is null as is_leaf,
    placed.team_ref_id,
    placed.first_seen as first_seen_on,
    placed.last_seen as last_seen_on,
    placed.has_ended,
    placed.last_period_label
from placed
left join with_children
    on with_children.org_identifier = placed.org_identifier
    and with_children.project_identifier = placed.project_identifier
    and with_children.path = placed.path
