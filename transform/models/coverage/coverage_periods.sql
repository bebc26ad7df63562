{#- A separate view: its failing tests do not stop the marts that need int_asked_periods. -#}
{{ config(materialized='view') }}
select * from {{ ref('int_asked_periods') }}
