select *
from {{ ref('coverage_exports') }}
where loaded in ('short', 'surplus')
