{#- A view of its own, so that a test of it that fails stops none of the marts that need int_asked_periods. -#}
{{ config(materialized='view') }}
select * from {{ ref('int_asked_periods') }}
