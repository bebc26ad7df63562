{{ config(severity=var('definition_severity')) }}
-- Above 100 the rate counts incidents, several of which may follow one deployment: then there must be failures at all.
select dora_key, change_failure_rate_percent, successful_deployments, failed_deployments
from {{ ref('fct_dora') }}
where (
        change_failure_rate_percent <= 100
        and successful_deployments + failed_deployments > 0
        and abs(
            change_failure_rate_percent
            - cast(100 * failed_deployments as double precision) / (successful_deployments + failed_deployments)
        ) > {{ var('rate_tolerance_percent') }}
    )
    or (change_failure_rate_percent > 100 and failed_deployments = 0)
