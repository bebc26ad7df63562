{{ config(severity='warn') }}
-- An older export that was loaded after a newer one has replaced its figures: load the newest again.
with versions as (

    select
        dora_key,
        last_exported_at,
        dbt_valid_to,
        lag(last_exported_at) over (partition by dora_key order by dbt_valid_from, dbt_scd_id) as previous_exported_at
    from {{ ref('dora_closed_figures') }}

)

select dora_key, last_exported_at, previous_exported_at
from versions
where last_exported_at < previous_exported_at
    and dbt_valid_to is null
