with loaded as (

    {{ loaded_periods('rating', ['overall_rating']) }}

)

select
    {{ period_columns() }},
    overall_rating as harness_overall_rating
from loaded
