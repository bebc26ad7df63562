{#- Rows that the source no longer has are deleted after each run. -#}
{{
    config(
        materialized='incremental',
        unique_key='dora_key',
        incremental_strategy='delete+insert' if target.type in ['duckdb', 'postgres', 'redshift'] else 'merge',
        on_schema_change='append_new_columns',
        post_hook="delete from {{ this }} where dora_key not in (select dora_key from {{ ref('int_dora_rows') }} where not is_withdrawn)"
    )
}}
{%- set hashed = ['team_key', 'period_end', 'is_period_complete', 'path', 'is_leaf'] + restatable_columns()
    + ['exported_at', 'last_exported_at'] %}

with dora_rows as (

    select * from {{ ref('int_dora_rows') }}
    where not is_withdrawn

),

-- Teams that have a team below them in this period. A leaf that gets children later stays a leaf in the past.
with_children as (

    select distinct org_identifier, project_identifier, granularity, period_start, parent_path as path
    from dora_rows
    where parent_path is not null

),

team_periods as (

    select
        dora_rows.dora_key,
        dora_rows.team_key,
        dora_rows.period_key,
        dora_rows.org_identifier,
        dora_rows.project_identifier,
        dora_rows.granularity,
        dora_rows.aggregation,
        dora_rows.period_start,
        -- The streams of one period can come from exports of different days.
        max(dora_rows.period_end) as period_end,
        min(case when dora_rows.is_period_complete then 1 else 0 end) = 1 as is_period_complete,
        max(dora_rows.path) as path,
        max(case when with_children.path is null then 0 else 1 end) = 0 as is_leaf,
        min(dora_rows.exported_at) as exported_at,
        max(dora_rows.exported_at) as last_exported_at
    from dora_rows
    left join with_children
        on with_children.org_identifier = dora_rows.org_identifier
        and with_children.project_identifier = dora_rows.project_identifier
        and with_children.granularity = dora_rows.granularity
        and with_children.period_start = dora_rows.period_start
        and with_children.path = dora_rows.path
    group by
        dora_rows.dora_key,
        dora_rows.team_key,
        dora_rows.period_key,
        dora_rows.org_identifier,
        dora_rows.project_identifier,
        dora_rows.granularity,
        dora_rows.aggregation,
        dora_rows.period_start

),

{%- for stream in dora_streams() %}
{{ stream }} as (

    select
        dora_rows.dora_key
        {%- for metric in dora_metrics() if metric.stream == stream %},
        staged.{{ metric.name }}
        {%- else %},
        staged.harness_overall_rating
        {%- endfor %}
    from dora_rows
    inner join {{ ref('stg_sei__' ~ stream) }} as staged
        on staged.row_key = dora_rows.row_key
    where dora_rows.stream = '{{ stream }}'

),
{% endfor %}
figures as (

    select
        team_periods.*,
        {%- for metric in dora_metrics() %}
        {{ metric.stream }}.{{ metric.name }},
        {%- endfor %}
        rating.harness_overall_rating
        {%- for stream in dora_streams() %},
        {{ stream }}.dora_key is not null as has_{{ stream }}
        {%- endfor %}
    from team_periods
    {%- for stream in dora_streams() %}
    left join {{ stream }} on {{ stream }}.dora_key = team_periods.dora_key
    {%- endfor %}

),

hashed as (

    select
        dora_key,
        team_key,
        period_key,
        org_identifier,
        project_identifier,
        granularity,
        aggregation,
        period_start,
        period_end,
        is_period_complete,
        path,
        is_leaf,
        {{ restatable_columns() | join(',\n        ') }},
        exported_at,
        last_exported_at,
        -- The dates of the exports included. The next run writes only the rows whose hash differs.
        {{ row_hash(hashed) }} as row_hash,
        {{ run_time() }} as row_changed_at
    from figures

)

select hashed.*
from hashed
{%- if is_incremental() %}
left join {{ this }} as held
    on held.dora_key = hashed.dora_key
    and held.row_hash = hashed.row_hash
where held.dora_key is null
{%- endif %}
