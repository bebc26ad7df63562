select *
from {{ ref('coverage_periods') }}
where coverage = 'never received'
