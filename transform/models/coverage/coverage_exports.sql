{#- A separate view: its failing tests do not stop the marts that need int_exports. -#}
{{ config(materialized='view') }}
select * from {{ ref('int_exports') }}
