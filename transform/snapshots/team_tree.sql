{% snapshot team_tree %}

{#- `teams` has only today's tree. SEI's number of a team stays the same if the team is renamed or moved. -#}
{{
    config(
        unique_key='tree_team_key',
        strategy='check',
        check_cols=['team', 'path', 'parent_team_ref_id', 'is_leaf'],
        updated_at='recorded_at'
    )
}}

select
    tree_team_key,
    org_identifier,
    project_identifier,
    org_tree_id,
    team_ref_id,
    team,
    path,
    parent_team_ref_id,
    is_leaf,
    {{ run_time() }} as recorded_at
from {{ ref('stg_sei__teams') }}

{% endsnapshot %}
