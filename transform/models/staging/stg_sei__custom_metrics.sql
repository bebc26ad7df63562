{{ config(enabled='custom_metrics' not in var('disabled_streams')) }}
{%- set metrics = metric_columns_of('custom_metrics') -%}

with loaded as (

    {{ loaded_periods('custom_metrics', metrics) }}

)

select
    {{ period_columns() }}
    {%- for metric in metrics %},
    {{ metric }}
    {%- endfor %}
from loaded
