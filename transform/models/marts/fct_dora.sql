{{
    config(
        materialized='incremental',
        unique_key='dora_key',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with team_periods as (

    select
        dora_key,
        team_key,
        period_key,
        granularity,
        aggregation,
        period_start,
        -- The streams of one period may come from exports of different days.
        max(period_end) as period_end,
        min(case when is_period_complete then 1 else 0 end) = 1 as is_period_complete,
        min(exported_at) as exported_at,
        max(exported_at) as last_exported_at
    from {{ ref('int_stream_rows') }}
    where stream in (
        {%- for stream in dora_streams() %}'{{ stream }}'{{ ", " if not loop.last }}{% endfor -%}
    )
    group by dora_key, team_key, period_key, granularity, aggregation, period_start

),

figures as (

    select
        team_periods.dora_key,
        team_periods.team_key,
        team_periods.period_key,
        team_periods.granularity,
        team_periods.aggregation,
        team_periods.period_start,
        team_periods.period_end,
        team_periods.is_period_complete,
        lttc.lead_time_days,
        lttc.planning_days,
        lttc.coding_days,
        lttc.review_days,
        lttc.build_days,
        lttc.deploy_days,
        deployment_frequency.deployments,
        cfr.change_failure_rate_percent,
        cfr.successful_deployments,
        cfr.failed_deployments,
        mttr.time_to_restore_days,
        work_items.work_items,
        work_items.work_items_with_pull_request,
        work_items.pull_request_coverage_percent,
        rating.harness_overall_rating,
        {%- for stream in dora_streams() %}
        {{ stream }}.dora_key is not null as has_{{ stream }},
        {%- endfor %}
        team_periods.exported_at,
        team_periods.last_exported_at
    from team_periods
    {%- for stream in dora_streams() %}
    left join {{ ref('stg_sei__' ~ stream) }} as {{ stream }} on {{ stream }}.dora_key = team_periods.dora_key
    {%- endfor %}

)

select
    figures.*,
    -- The row as text, the exports' dates included: the next run writes what differs, and nothing else.
    md5(cast(figures as {{ dbt.type_string() }})) as row_hash,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp) as row_changed_at
from figures
{%- if is_incremental() %}
where not exists (
    select 1
    from {{ this }} as held
    where held.dora_key = figures.dora_key
        and held.row_hash = md5(cast(figures as {{ dbt.type_string() }}))
)
{%- endif %}
