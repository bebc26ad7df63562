{{ config(severity='warn') }}
-- A target with a path that no team has has no effect.
select targets.path, targets.metric
from {{ ref('targets') }} as targets
left join {{ ref('dim_team') }} as team
    on team.path = targets.path
where targets.path is not null
    and team.path is null
