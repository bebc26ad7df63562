with loaded as (

    {{ loaded_periods('deployment_frequency', ['deployment_frequency']) }}

)

select
    {{ period_columns() }},
    cast(deployment_frequency as {{ type_double() }}) as deployments
from loaded
