{#- A metric has a line where its stream has a row, also when SEI has no data for it: a missing row is not a null. -#}
{{ config(materialized='view') }}

with figures as (

    {%- for metric, stream in dora_metrics() %}
    select
        dora_key,
        team_key,
        period_key,
        granularity,
        aggregation,
        period_start,
        period_end,
        is_period_complete,
        '{{ metric }}' as metric,
        cast({{ metric }} as double precision) as value,
        exported_at
    from {{ ref('fct_dora') }}
    where has_{{ stream }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    {{ surrogate_key(['figures.dora_key', 'figures.metric']) }} as figure_key,
    figures.*,
    metrics.unit,
    metrics.better
from figures
inner join {{ ref('dora_metrics') }} as metrics
    on metrics.metric = figures.metric
