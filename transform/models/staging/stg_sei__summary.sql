with loaded as (

    {{ loaded_periods('summary', ['lttc', 'deployment_frequency', 'cfr', 'mttr', 'overall_rating']) }}

)

select
    {{ period_columns() }},
    cast(lttc as {{ type_double() }}) as lead_time_days,
    cast(deployment_frequency as {{ type_double() }}) as deployments,
    cast(cfr as {{ type_double() }}) as change_failure_rate_percent,
    cast(mttr as {{ type_double() }}) as time_to_restore_days,
    overall_rating as harness_overall_rating,
    additional_metrics
from loaded
