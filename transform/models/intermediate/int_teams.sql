{#- Each name and path that rows were loaded with, and its team. A renamed or moved team has several. -#}
{{ config(materialized='table') }}
{%- set named = var('team_hierarchy_names') -%}
{%- if named not in ['auto', 'team', 'parent'] -%}
    {{ exceptions.raise_compiler_error("team_hierarchy_names must be auto, team or parent, not " ~ named) }}
{%- endif -%}

with loaded as (

    select
        loaded_team_key,
        org_identifier,
        project_identifier,
        team_path,
        team,
        max(team_hierarchy) as team_hierarchy,
        min(period_start) as first_seen_on,
        max(period_end) as last_seen_on,
        min(exported_at) as first_exported_at,
        max(exported_at) as last_exported_at
    from {{ ref('int_stream_rows') }}
    group by loaded_team_key, org_identifier, project_identifier, team_path, team

),

paths as (

    select
        *,
        case
            when team_hierarchy is null then team
            {%- if named == 'team' %}
            else team_hierarchy
            {%- elif named == 'parent' %}
            else {{ dbt.concat(['team_hierarchy', "'/'", 'team']) }}
            {%- else %}
            when team_hierarchy = team then team_hierarchy
            when right(team_hierarchy, length(team) + 1) = {{ dbt.concat(["'/'", 'team']) }} then team_hierarchy
            else {{ dbt.concat(['team_hierarchy', "'/'", 'team']) }}
            {%- endif %}
        end as loaded_path
    from loaded

),

-- What a path was called later, by the seed.
renamed as (

    select
        paths.*,
        coalesce(aliases.path, paths.loaded_path) as named_path,
        aliases.path is not null as is_former
    from paths
    left join {{ ref('team_aliases') }} as aliases
        on aliases.org_identifier = paths.org_identifier
        and aliases.project_identifier = paths.project_identifier
        and aliases.former_path = paths.loaded_path

),

-- Each path that SEI's list of teams has, or had, with the team that had it last.
tree as (

    select org_identifier, project_identifier, path, team_ref_id
    from (
        select
            *,
            row_number() over (
                partition by org_identifier, project_identifier, path
                order by case when dbt_valid_to is null then 1 else 0 end desc, dbt_valid_from desc, team_ref_id
            ) as newest
        from {{ ref('team_tree') }}
        where path is not null
    ) as versions
    where newest = 1

),

-- An export without hierarchies names teams alone: a name is enough if only one team has or had it.
tree_names as (

    select
        org_identifier,
        project_identifier,
        team,
        max(versions.team_ref_id) as team_ref_id,
        max(case when versions.dbt_valid_to is null then versions.path end) as path
    from {{ ref('team_tree') }} as versions
    group by org_identifier, project_identifier, team
    having count(distinct versions.team_ref_id) = 1

),

identified as (

    select
        renamed.*,
        coalesce(tree.team_ref_id, tree_names.team_ref_id) as team_ref_id,
        coalesce(tree_names.path, renamed.loaded_path) as path
    from renamed
    left join tree
        on tree.org_identifier = renamed.org_identifier
        and tree.project_identifier = renamed.project_identifier
        and tree.path = renamed.named_path
    left join tree_names
        on tree_names.org_identifier = renamed.org_identifier
        and tree_names.project_identifier = renamed.project_identifier
        and tree_names.team = renamed.named_path
        and renamed.team_hierarchy is null
        and tree.team_ref_id is null

),

grouped as (

    select
        identified.*,
        case
            when identified.team_ref_id is not null
                then {{ dbt.concat(["'ref '", 'cast(identified.team_ref_id as ' ~ dbt.type_string() ~ ')']) }}
            when identified.is_former or targets.path is not null
                then {{ dbt.concat(["'path '", 'identified.named_path']) }}
            else identified.loaded_team_key
        end as identity_of_team
    from identified
    left join (
        select distinct org_identifier, project_identifier, path from {{ ref('team_aliases') }}
    ) as targets
        on targets.org_identifier = identified.org_identifier
        and targets.project_identifier = identified.project_identifier
        and targets.path = identified.loaded_path

),

ordered as (

    select
        *,
        -- The name that was loaded first gives the key, which therefore stays the same through renames.
        row_number() over (
            partition by org_identifier, project_identifier, identity_of_team
            order by first_exported_at, first_seen_on, loaded_team_key
        ) as nth_name,
        row_number() over (
            partition by org_identifier, project_identifier, identity_of_team
            order by last_exported_at desc, last_seen_on desc, loaded_team_key
        ) as nth_newest
    from grouped

)

select
    named.loaded_team_key,
    first_named.loaded_team_key as team_key,
    first_named.team_path as first_team_path,
    first_named.team as first_team,
    named.org_identifier,
    named.project_identifier,
    named.team_path,
    named.team,
    named.path,
    -- A team's own name can contain a slash: it is cut off as a whole if the path ends with it.
    case
        when named.path = named.team or {{ dbt.position("'/'", 'named.path') }} = 0 then null
        when right(named.path, length(named.team) + 1) = {{ dbt.concat(["'/'", 'named.team']) }}
            then left(named.path, length(named.path) - length(named.team) - 1)
        else regexp_replace(named.path, '/[^/]*$', '')
    end as parent_path,
    named.team_ref_id,
    named.first_seen_on,
    named.last_seen_on,
    named.nth_newest = 1 as is_newest_name
from ordered as named
inner join ordered as first_named
    on first_named.org_identifier = named.org_identifier
    and first_named.project_identifier = named.project_identifier
    and first_named.identity_of_team = named.identity_of_team
    and first_named.nth_name = 1
