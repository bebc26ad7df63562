{% snapshot dora_closed_figures %}

{#- A version begins when dbt first saw it: that time always rises, but an export's time can repeat or go back. -#}
{{
    config(
        unique_key='dora_key',
        strategy='check',
        check_cols=restatable_columns(),
        updated_at='recorded_at'
    )
}}

select
    dora_key,
    team_key,
    period_key,
    granularity,
    aggregation,
    period_start,
    period_end,
    {{ restatable_columns() | join(',\n    ') }},
    exported_at,
    last_exported_at,
    {{ run_time() }} as recorded_at
from {{ ref('fct_dora') }}
where is_period_complete

{% endsnapshot %}
