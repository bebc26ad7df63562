{#- For people and BI tools: one series, closed periods, leaf teams. docs/models.md says which columns you can sum. -#}
with last_periods as (

    select week_day, period_start
    from (
        select
            week_day,
            period_start,
            row_number() over (order by period_start desc) as nth
        from {{ ref('dim_period') }}
        where granularity = '{{ var("current_granularity") }}'
            and is_complete
            and has_rows
    ) as closed
    where nth = 1

)

select
    dora.dora_key,
    dora.org_identifier,
    dora.project_identifier,
    dora.team_key,
    team.team,
    team.path,
    team.parent_path,
    team.has_ended,
    period.period_key,
    period.period_start,
    period.period_end,
    period.period_label,
    period.days,
    period.working_days,
    dora.period_start = last_periods.period_start as is_last_period,
    dora.deployments,
    dora.deployments / period.days as deployments_per_day,
    case when period.working_days > 0 then dora.deployments / period.working_days end as deployments_per_working_day,
    dora.successful_deployments,
    dora.failed_deployments,
    dora.successful_deployments + dora.failed_deployments as rated_deployments,
    dora.change_failure_rate_percent,
    dora.lead_time_days,
    {%- if var('current_aggregation') == 'mean' %}
    dora.coding_days + dora.review_days + dora.build_days + dora.deploy_days as commit_to_production_days,
    {%- else %}
    cast(null as {{ type_double() }}) as commit_to_production_days,
    {%- endif %}
    dora.planning_days,
    dora.coding_days,
    dora.review_days,
    dora.build_days,
    dora.deploy_days,
    dora.time_to_restore_days,
    dora.work_items,
    dora.work_items_with_pull_request,
    dora.pull_request_coverage_percent,
    dora.harness_overall_rating,
    dora.exported_at
from {{ ref('fct_dora') }} as dora
inner join {{ ref('dim_team') }} as team
    on team.team_key = dora.team_key
inner join {{ ref('dim_period') }} as period
    on period.period_key = dora.period_key
inner join last_periods
    on last_periods.week_day = period.week_day
where dora.granularity = '{{ var("current_granularity") }}'
    and dora.aggregation = '{{ var("current_aggregation") }}'
    and dora.is_leaf
    and dora.is_period_complete
    and period.is_complete
