{{ config(tags=['development']) }}
select *
from {{ ref('dora_benchmarks') }}
where lower_bound < 0
    or upper_bound <= lower_bound
    or (lower_bound is null and upper_bound is not null)
    or band_rank <> case band when 'Elite' then 1 when 'High' then 2 when 'Medium' then 3 else 4 end
