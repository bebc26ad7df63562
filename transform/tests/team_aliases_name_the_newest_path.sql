{{ config(severity='warn') }}
-- A target path that is itself a former path has no team: name the newest path.
select aliases.former_path, aliases.path
from {{ ref('team_aliases') }} as aliases
inner join {{ ref('team_aliases') }} as newer
    on newer.org_identifier = aliases.org_identifier
    and newer.project_identifier = aliases.project_identifier
    and newer.former_path = aliases.path
