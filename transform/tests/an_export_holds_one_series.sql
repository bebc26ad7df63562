{{ config(warn_if='> 0', error_if=above_share()) }}
-- An export has one granularity and one aggregation: rows with another one are mixed up.
with asked as (

    -- The ledger has a shared export once for each stream.
    select export_id, max(granularity) as granularity, max(aggregation) as aggregation
    from {{ ref('stg_sei__exports') }}
    where export_id is not null
    group by export_id

),

loaded as (

    select
        stream_rows.stream,
        stream_rows.row_key,
        stream_rows.export_id,
        stream_rows.granularity,
        stream_rows.aggregation,
        asked.granularity as asked_granularity,
        asked.aggregation as asked_aggregation,
        count(*) over (partition by stream_rows.export_id, stream_rows.granularity, stream_rows.aggregation) as rows_in_series,
        count(*) over (partition by stream_rows.export_id) as rows_in_export
    from {{ ref('int_stream_rows') }} as stream_rows
    left join asked
        on asked.export_id = stream_rows.export_id

)

{{ wrong_rows(
    'loaded',
    ['stream', 'row_key', 'export_id', 'granularity', 'aggregation'],
    "granularity <> asked_granularity or aggregation <> asked_aggregation or 2 * rows_in_series < rows_in_export"
) }}
