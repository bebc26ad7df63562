{% snapshot dora_closed_figures %}

{#- A version begins when SEI made the export that brought it, not when dbt ran. -#}
{{
    config(
        unique_key='dora_key',
        strategy='check',
        check_cols=restatable_columns(),
        updated_at='last_exported_at'
    )
}}

select * from {{ ref('fct_dora') }}
where is_period_complete

{% endsnapshot %}
