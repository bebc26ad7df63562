with loaded as (

    {{ loaded_periods('mttr', ['mttr']) }}

)

select
    {{ period_columns() }},
    cast(mttr as double precision) as time_to_restore_days
from loaded
