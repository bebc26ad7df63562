-- The last day of an open period may be that of the export.
select loaded.stream, loaded.dora_key, loaded.period_start, loaded.period_end, period.period_end as expected_end
from {{ ref('int_stream_rows') }} as loaded
inner join {{ ref('dim_period') }} as period
    on period.period_key = loaded.period_key
where loaded.period_end > period.period_end
    or loaded.period_end < loaded.period_start
    or (loaded.is_period_complete and loaded.period_end <> period.period_end)
