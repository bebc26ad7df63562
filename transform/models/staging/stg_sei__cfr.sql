with loaded as (

    {{ loaded_periods('cfr', ['total_success', 'total_failures', 'cfr']) }}

)

select
    {{ period_columns() }},
    cast(total_success as bigint) as successful_deployments,
    cast(total_failures as bigint) as failed_deployments,
    cast(cfr as double precision) as change_failure_rate_percent
from loaded
