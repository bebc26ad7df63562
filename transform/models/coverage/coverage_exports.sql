{#- A view of its own, so that a test of it that fails stops none of the marts that need int_exports. -#}
{{ config(materialized='view') }}
select * from {{ ref('int_exports') }}
