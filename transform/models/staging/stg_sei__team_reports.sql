with loaded as (

    {{ loaded_periods('team_reports', [
        'lead_time_for_changes', 'lead_time_for_changes_rating', 'deployment_frequency', 'deployment_frequency_rating',
        'change_failure_rate', 'change_failure_rate_rating', 'mean_time_to_restore', 'mean_time_to_restore_rating',
        'overall_dora', 'overall_dora_rating'
    ]) }}

)

select
    {{ period_columns() }},
    cast(lead_time_for_changes as {{ type_double() }}) as lead_time_days,
    lead_time_for_changes_rating as harness_lead_time_rating,
    cast(deployment_frequency as {{ type_double() }}) as deployments_per_unit,
    deployment_frequency_rating as harness_deployment_frequency_rating,
    cast(change_failure_rate as {{ type_double() }}) as change_failure_rate_percent,
    change_failure_rate_rating as harness_change_failure_rate_rating,
    cast(mean_time_to_restore as {{ type_double() }}) as time_to_restore_days,
    mean_time_to_restore_rating as harness_time_to_restore_rating,
    overall_dora as harness_overall_score,
    overall_dora_rating as harness_overall_rating
from loaded
