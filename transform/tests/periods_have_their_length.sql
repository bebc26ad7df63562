{{ config(warn_if='> 0', error_if=above_share()) }}
-- An open period can end on the day of the export.
with loaded as (

    select
        stream_rows.stream,
        stream_rows.row_key,
        stream_rows.period_start,
        stream_rows.period_end,
        stream_rows.is_period_complete,
        period.period_end as expected_end
    from {{ ref('int_stream_rows') }} as stream_rows
    left join {{ ref('dim_period') }} as period
        on period.period_key = stream_rows.period_key
    where stream_rows.granularity <> 'SPRINT'

)

{{ wrong_rows(
    'loaded',
    ['stream', 'row_key', 'period_start', 'period_end', 'expected_end'],
    "expected_end is null or period_end > expected_end or period_end < period_start"
    ~ " or (is_period_complete and period_end <> expected_end)"
) }}
