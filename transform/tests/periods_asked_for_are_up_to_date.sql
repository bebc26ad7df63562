{{ config(severity='warn') }}
select *
from {{ ref('coverage_periods') }}
where coverage = 'outdated'
