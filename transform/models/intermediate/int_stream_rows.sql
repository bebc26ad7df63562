{{ config(materialized='table') }}
{{- require_loaded_streams() -}}

{%- for stream in period_streams() %}
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
    {{ 'computation_mode as ' if stream in sprint_streams() }}aggregation,
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
