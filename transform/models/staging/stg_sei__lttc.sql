with loaded as (

    {{ loaded_periods('lttc', ['planning', 'coding', 'review', 'build', 'deploy', 'lttc']) }}

)

select
    {{ period_columns() }},
    cast(lttc as double precision) as lead_time_days,
    cast(planning as double precision) as planning_days,
    cast(coding as double precision) as coding_days,
    cast(review as double precision) as review_days,
    cast(build as double precision) as build_days,
    cast(deploy as double precision) as deploy_days
from loaded
