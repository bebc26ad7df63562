{{ config(warn_if='> 0', error_if=above_share()) }}
{{ wrong_rows(
    ref('fct_dora_long'),
    ['figure_key', 'metric', 'value'],
    "value < 0 or (metric = 'pull_request_coverage_percent' and value > 100)"
) }}
