{{ config(warn_if='> 0', error_if=above_share()) }}
-- Above 100 the rate counts incidents, and several can follow one deployment. It is then checked only that there are failures.
{%- set rated = '(successful_deployments + failed_deployments)' %}
{{ wrong_rows(
    ref('fct_dora'),
    ['dora_key', 'change_failure_rate_percent', 'successful_deployments', 'failed_deployments'],
    "(change_failure_rate_percent <= 100 and " ~ rated ~ " > 0 and abs(change_failure_rate_percent - 100.0 * failed_deployments / nullif("
    ~ rated ~ ", 0)) > " ~ var('rate_tolerance_percent') ~ ") or (change_failure_rate_percent > 100 and failed_deployments = 0)"
) }}
