select {{ var('benchmark_year') }} as benchmark_year
where not exists (
    select 1 from {{ ref('dora_benchmarks') }} where benchmark_year = {{ var('benchmark_year') }}
)
