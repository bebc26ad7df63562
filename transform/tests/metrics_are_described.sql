{%- for metric, stream in dora_metrics() %}
select '{{ metric }}' as metric
where not exists (
    select 1 from {{ ref('dora_metrics') }} where metric = '{{ metric }}' and stream = '{{ stream }}'
)
{{ "union all" if not loop.last }}
{%- endfor %}
