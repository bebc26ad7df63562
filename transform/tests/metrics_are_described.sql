{{ config(tags=['development']) }}
with metrics as (

    {%- for metric in dora_metrics() %}
    select '{{ metric.name }}' as metric, '{{ metric.stream }}' as stream
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select metrics.metric
from metrics
left join {{ ref('dora_metrics') }} as described
    on described.metric = metrics.metric
    and described.stream = metrics.stream
where described.metric is null
