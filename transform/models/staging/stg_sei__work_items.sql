with loaded as (

    {{ loaded_periods('work_items', ['total_work_items', 'pr_associations', 'percentage_pr_associated']) }}

)

select
    {{ period_columns() }},
    cast(total_work_items as {{ dbt.type_bigint() }}) as work_items,
    cast(pr_associations as {{ dbt.type_bigint() }}) as work_items_with_pull_request,
    cast(percentage_pr_associated as {{ type_double() }}) as pull_request_coverage_percent
from loaded
