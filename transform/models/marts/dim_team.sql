{%- set named = var('team_hierarchy_names') -%}
{%- if named not in ['auto', 'team', 'parent'] -%}
    {{ exceptions.raise_compiler_error("team_hierarchy_names must be auto, team or parent, not " ~ named) }}
{%- endif -%}

with teams as (

    select
        team_key,
        org_identifier,
        project_identifier,
        team_path,
        team,
        max(team_hierarchy) as team_hierarchy,
        min(period_start) as first_seen_on,
        max(period_end) as last_seen_on
    from {{ ref('int_stream_rows') }}
    group by team_key, org_identifier, project_identifier, team_path, team

),

paths as (

    select
        *,
        case
            when team_hierarchy is null then team
            {%- if named == 'team' %}
            else team_hierarchy
            {%- elif named == 'parent' %}
            else team_hierarchy || '/' || team
            {%- else %}
            when team_hierarchy = team or right(team_hierarchy, length(team) + 1) = '/' || team then team_hierarchy
            else team_hierarchy || '/' || team
            {%- endif %}
        end as path
    from teams

),

parent_paths as (

    select
        *,
        -- A team's own name may hold a slash: it is cut off as a whole where the path ends with it.
        case
            when path = team or position('/' in path) = 0 then null
            when right(path, length(team) + 1) = '/' || team then left(path, length(path) - length(team) - 1)
            else regexp_replace(path, '/[^/]*$', '')
        end as parent_path
    from paths

),

parents as (

    select
        org_identifier,
        project_identifier,
        path,
        min(team_key) as team_key
    from paths
    group by org_identifier, project_identifier, path

)

select
    child.team_key,
    child.org_identifier,
    child.project_identifier,
    child.team_path,
    child.team,
    child.path,
    child.parent_path,
    parent.team_key as parent_team_key,
    case
        when child.parent_path is null then 1
        else 2 + length(child.parent_path) - length(replace(child.parent_path, '/', ''))
    end as level,
    not exists (
        select 1
        from parent_paths as below
        where below.org_identifier = child.org_identifier
            and below.project_identifier = child.project_identifier
            and below.parent_path = child.path
    ) as is_leaf,
    child.first_seen_on,
    child.last_seen_on
from parent_paths as child
left join parents as parent
    on parent.org_identifier = child.org_identifier
    and parent.project_identifier = child.project_identifier
    and parent.path = child.parent_path
