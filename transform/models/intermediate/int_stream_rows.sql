{{ config(materialized='table') }}
{{- require_loaded_streams() -}}

{%- for stream in dora_streams() + ['summary', 'custom_metrics'] %}
select
    '{{ stream }}' as stream,
    row_key,
    loaded_team_key,
    period_key,
    org_identifier,
    project_identifier,
    team_path,
    team,
    team_hierarchy,
    granularity,
    aggregation,
    period_start,
    period_end,
    period_label,
    is_period_complete,
    scope,
    export_id,
    exported_at
from {{ ref('stg_sei__' ~ stream) }}
{{ "union all" if not loop.last }}
{%- endfor %}
