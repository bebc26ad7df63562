select figure_key, metric, value
from {{ ref('fct_dora_long') }}
where value < 0
    or (metric = 'pull_request_coverage_percent' and value > 100)
