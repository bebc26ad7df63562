with loaded as (

    {{ loaded_periods('lttc', ['planning', 'coding', 'review', 'build', 'deploy', 'lttc']) }}

)

select
    {{ period_columns() }},
    cast(lttc as {{ type_double() }}) as lead_time_days,
    cast(planning as {{ type_double() }}) as planning_days,
    cast(coding as {{ type_double() }}) as coding_days,
    cast(review as {{ type_double() }}) as review_days,
    cast(build as {{ type_double() }}) as build_days,
    cast(deploy as {{ type_double() }}) as deploy_days
from loaded
