with loaded as (

    {{ loaded_periods('mttr', ['mttr']) }}

)

select
    {{ period_columns() }},
    cast(mttr as {{ type_double() }}) as time_to_restore_days
from loaded
