{{ config(severity=var('definition_severity')) }}
-- A figure whose denominator is 0 is null; one whose denominator is not 0 is a number.
select dora_key, 'failure rate without deployments' as problem
from {{ ref('fct_dora') }}
where successful_deployments + failed_deployments = 0 and change_failure_rate_percent is not null
union all
select dora_key, 'deployments without failure rate'
from {{ ref('fct_dora') }}
where successful_deployments + failed_deployments > 0 and change_failure_rate_percent is null
union all
select dora_key, 'lead time 0 without deployments'
from {{ ref('fct_dora') }}
where deployments = 0 and lead_time_days = 0
union all
select dora_key, 'time to restore 0 without failures'
from {{ ref('fct_dora') }}
where failed_deployments = 0 and time_to_restore_days = 0
union all
select dora_key, 'pull request coverage without work items'
from {{ ref('fct_dora') }}
where work_items = 0 and pull_request_coverage_percent is not null
