with recursive seen as (

    select granularity, period_start as first_day, period_start as last_day
    from {{ ref('int_stream_rows') }}
    union
    select granularity, window_start, window_end
    from {{ ref('stg_sei__exports') }}

),

-- Weeks that start on another day, after a change of `week_start`, are a series of their own.
series as (

    select
        granularity,
        case when granularity = 'WEEKLY' then extract(isodow from first_day) end as week_day,
        min(first_day) as first_day,
        max(last_day) as last_day
    from seen
    group by 1, 2

),

spine as (

    select granularity, first_day, last_day, first_day as period_start, cast(null as date) as previous_period_start
    from series
    union all
    select
        granularity,
        first_day,
        last_day,
        cast(period_start + {{ period_length('granularity') }} as date),
        period_start
    from spine
    where cast(period_start + {{ period_length('granularity') }} as date) <= last_day

),

labels as (

    select granularity, period_start, max(period_label) as period_label
    from {{ ref('int_stream_rows') }}
    group by granularity, period_start

),

complete as (

    select granularity, max(period_end) as last_day
    from {{ ref('int_stream_rows') }}
    where is_period_complete
    group by granularity

),

periods as (

    select
        granularity,
        period_start,
        cast(period_start + {{ period_length('granularity') }} - interval '1 day' as date) as period_end,
        previous_period_start
    from spine

)

select
    {{ surrogate_key(['periods.granularity', 'periods.period_start']) }} as period_key,
    periods.granularity,
    periods.period_start,
    periods.period_end,
    {{ days_in('periods.period_start', 'periods.period_end') }} as days,
    coalesce(labels.period_label, cast(periods.period_start as {{ dbt.type_string() }})) as period_label,
    periods.previous_period_start,
    coalesce(periods.period_end <= complete.last_day, false) as is_complete,
    labels.granularity is not null as has_rows
from periods
left join labels
    on labels.granularity = periods.granularity
    and labels.period_start = periods.period_start
left join complete
    on complete.granularity = periods.granularity
