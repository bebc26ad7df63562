{{ config(enabled='sprint' in sprint_levels()) }}
with sprint_rows as (

    select * from {{ ref('int_sprints_rows') }}
    where not is_withdrawn

),

-- Teams that others with sprints stand below. Their sprints would count the same work again.
with_children as (

    select distinct org_identifier, project_identifier, aggregation, parent_path as path
    from sprint_rows
    where parent_path is not null

)

select
    sprint_rows.sprint_key,
    sprint_rows.team_key,
    sprint_rows.org_identifier,
    sprint_rows.project_identifier,
    staged.computation_mode,
    staged.work_unit,
    staged.sprint,
    staged.sprint_name,
    staged.sprint_state,
    staged.period_start as sprint_start,
    staged.period_end as sprint_end,
    staged.is_period_complete as is_sprint_over,
    sprint_rows.path,
    with_children.path is null as is_leaf,
    {%- for metric in sprint_metrics() | rejectattr('by_team', 'defined') %}
    staged.{{ metric.name }},
    {%- endfor %}
    staged.tickets_removed_mid_sprint,
    staged.exported_at
from sprint_rows
inner join {{ ref('stg_sei__sprints') }} as staged
    on staged.row_key = sprint_rows.row_key
left join with_children
    on with_children.org_identifier = sprint_rows.org_identifier
    and with_children.project_identifier = sprint_rows.project_identifier
    and with_children.aggregation = sprint_rows.aggregation
    and with_children.path = sprint_rows.path
