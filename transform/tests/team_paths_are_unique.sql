{{ config(severity='warn') }}
-- Two teams at one path: the hierarchy's last name has been misread; set `team_hierarchy_names`.
select org_identifier, project_identifier, path
from {{ ref('dim_team') }}
group by org_identifier, project_identifier, path
having count(*) > 1
