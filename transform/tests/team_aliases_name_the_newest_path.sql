{{ config(severity='warn') }}
-- A path that is itself a former one leads nowhere: name the newest.
select aliases.former_path, aliases.path
from {{ ref('team_aliases') }} as aliases
inner join {{ ref('team_aliases') }} as newer
    on newer.org_identifier = aliases.org_identifier
    and newer.project_identifier = aliases.project_identifier
    and newer.former_path = aliases.path
