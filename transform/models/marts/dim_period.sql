with seen as (

    select granularity, period_start as first_day, period_start as last_day
    from {{ ref('int_stream_rows') }}
    union all
    select granularity, window_start as first_day, window_end as last_day
    from {{ ref('stg_sei__exports') }}

),

-- Weeks that start on another day, after a change of `week_start`, are a series of their own. Sprints follow no calendar.
starts as (

    select *, case when granularity = 'WEEKLY' then {{ week_day('first_day') }} else 0 end as week_day
    from seen
    where granularity <> 'SPRINT'

),

series as (

    select granularity, week_day, min(first_day) as first_day, max(last_day) as last_day
    from starts
    group by granularity, week_day

),

spine as (

    select
        series.granularity,
        series.week_day,
        days.date_day as period_start,
        {{ period_end('series.granularity', 'days.date_day') }} as period_end
    from series
    inner join {{ ref('dim_day') }} as days
        on days.date_day >= series.first_day
        and days.date_day <= series.last_day
    where (series.granularity = 'WEEKLY' and days.week_day = series.week_day)
        or (
            series.granularity <> 'WEEKLY'
            and cast({{ dbt.date_trunc('month', 'days.date_day') }} as date) = days.date_day
            and (
                series.granularity = 'MONTHLY'
                or mod(cast({{ dbt.datediff('series.first_day', 'days.date_day', 'month') }} as {{ dbt.type_int() }}), 3) = 0
            )
        )

),

lengths as (

    select
        spine.granularity,
        spine.period_start,
        count(*) as days,
        cast(sum(case when days.is_working_day then 1 else 0 end) as {{ dbt.type_bigint() }}) as working_days
    from spine
    inner join {{ ref('dim_day') }} as days
        on days.date_day >= spine.period_start
        and days.date_day <= spine.period_end
    group by spine.granularity, spine.period_start

),

labels as (

    select granularity, period_start, max(period_label) as period_label
    from {{ ref('int_stream_rows') }}
    group by granularity, period_start

),

-- A period is over if any row of it, or of a later period, says so. A row that is not up to date does not reopen it.
complete as (

    select granularity, max(period_end) as last_day
    from {{ ref('int_stream_rows') }}
    where is_period_complete
    group by granularity

)

select
    {{ surrogate_key(['spine.granularity', 'spine.period_start']) }} as period_key,
    spine.granularity,
    spine.week_day,
    spine.period_start,
    spine.period_end,
    lengths.days,
    lengths.working_days,
    coalesce(labels.period_label, cast(spine.period_start as {{ dbt.type_string() }})) as period_label,
    lag(spine.period_start) over (partition by spine.granularity, spine.week_day order by spine.period_start)
        as previous_period_start,
    {{ year_ago('spine.granularity', 'spine.period_start') }} as year_ago_period_start,
    coalesce(spine.period_end <= complete.last_day, false) as is_complete,
    labels.granularity is not null as has_rows
from spine
inner join lengths
    on lengths.granularity = spine.granularity
    and lengths.period_start = spine.period_start
left join labels
    on labels.granularity = spine.granularity
    and labels.period_start = spine.period_start
left join complete
    on complete.granularity = spine.granularity
