{{ config(severity='warn') }}
-- Two teams have one path, because the hierarchy's last name was misread. Set `team_hierarchy_names`.
select org_identifier, project_identifier, path
from {{ ref('dim_team') }}
group by org_identifier, project_identifier, path
having count(*) > 1
