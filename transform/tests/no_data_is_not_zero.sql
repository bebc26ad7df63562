{{ config(warn_if='> 0', error_if=above_share()) }}
-- A figure whose denominator is 0 is null; one whose denominator is not 0 is a number.
{{ wrong_rows(
    ref('fct_dora'),
    ['dora_key', 'deployments', 'successful_deployments', 'failed_deployments', 'change_failure_rate_percent', 'lead_time_days',
     'time_to_restore_days', 'work_items', 'pull_request_coverage_percent'],
    "(successful_deployments + failed_deployments = 0 and change_failure_rate_percent is not null)"
    ~ " or (successful_deployments + failed_deployments > 0 and change_failure_rate_percent is null)"
    ~ " or (deployments = 0 and lead_time_days = 0)"
    ~ " or (failed_deployments = 0 and time_to_restore_days = 0)"
    ~ " or (work_items = 0 and pull_request_coverage_percent is not null)"
) }}
