{#- Each day of the periods, for counting working days, and for MetricFlow. -#}
with numbers as (

    {{ dbt.generate_series(16384) }}

),

seen as (

    select min(first_day) as first_day, max(last_day) as last_day
    from (
        select min(period_start) as first_day, max(period_end) as last_day from {{ ref('int_stream_rows') }}
        union all
        select min(window_start) as first_day, max(window_end) as last_day from {{ ref('stg_sei__exports') }}
    ) as ends

),

days as (

    select {{ day_after('day', 'cast(numbers.generated_number - 1 as ' ~ dbt.type_int() ~ ')', 'seen.first_day') }} as date_day
    from seen
    cross join numbers
    -- Up to the end of a quarter that has just begun.
    where numbers.generated_number <= {{ dbt.datediff('seen.first_day', 'seen.last_day', 'day') }} + 93

)

select
    days.date_day,
    {{ week_day('days.date_day') }} as week_day,
    holidays.holiday_on is not null as is_holiday,
    {{ week_day('days.date_day') }} < 5 and holidays.holiday_on is null as is_working_day
from days
left join {{ ref('holidays') }} as holidays
    on holidays.holiday_on = days.date_day
