{{ config(warn_if='> 0', error_if=above_share()) }}
-- Only means add up: the median of a sum is not the sum of medians.
{{ wrong_rows(
    ref('fct_dora'),
    ['dora_key', 'lead_time_days', 'planning_days', 'coding_days', 'review_days', 'build_days', 'deploy_days'],
    "aggregation = 'mean' and abs(lead_time_days - (planning_days + coding_days + review_days + build_days + deploy_days)) > "
    ~ var('stage_sum_tolerance_days')
) }}
