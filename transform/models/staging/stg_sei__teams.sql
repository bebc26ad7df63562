with loaded as (

    {{ loaded_table('teams', [
        'org_identifier', 'project_identifier', 'org_tree_id', 'ref_id', 'name', 'team_id', 'path', 'parent_ref_id',
        'is_leaf', 'details'
    ]) }}

)

select
    {{ surrogate_key(['org_identifier', 'project_identifier', 'org_tree_id', 'ref_id']) }} as tree_team_key,
    org_identifier,
    project_identifier,
    org_tree_id,
    cast(ref_id as {{ dbt.type_bigint() }}) as team_ref_id,
    name as team,
    team_id,
    path,
    cast(parent_ref_id as {{ dbt.type_bigint() }}) as parent_team_ref_id,
    cast(is_leaf as {{ dbt.type_boolean() }}) as is_leaf,
    details
from loaded
