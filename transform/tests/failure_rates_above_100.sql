{{ config(severity='warn') }}
-- Possible if several incidents follow one deployment, and rare enough to look at.
select dora_key, change_failure_rate_percent
from {{ ref('fct_dora') }}
where change_failure_rate_percent > 100
