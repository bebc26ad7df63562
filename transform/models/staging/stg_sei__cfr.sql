with loaded as (

    {{ loaded_periods('cfr', ['total_success', 'total_failures', 'cfr']) }}

)

select
    {{ period_columns() }},
    cast(total_success as {{ dbt.type_bigint() }}) as successful_deployments,
    cast(total_failures as {{ dbt.type_bigint() }}) as failed_deployments,
    cast(cfr as {{ type_double() }}) as change_failure_rate_percent
from loaded
