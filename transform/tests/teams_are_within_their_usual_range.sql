{{ config(severity='warn') }}
-- For an orchestrator to alert on: leaf teams whose last closed period is worse than usual.
select *
from {{ ref('regressions') }}
where is_leaf
    and granularity = '{{ var("current_granularity") }}'
    and aggregation = '{{ var("current_aggregation") }}'
