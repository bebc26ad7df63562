{{ config(severity=var('definition_severity')) }}
-- True of means alone: the median of a sum is not the sum of medians.
select dora_key, lead_time_days, planning_days, coding_days, review_days, build_days, deploy_days
from {{ ref('fct_dora') }}
where aggregation = 'mean'
    and abs(
        lead_time_days - (planning_days + coding_days + review_days + build_days + deploy_days)
    ) > {{ var('stage_sum_tolerance_days') }}
