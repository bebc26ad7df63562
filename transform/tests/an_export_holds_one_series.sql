-- An export has one granularity and one aggregation: rows of it under another name are mixed up.
with series as (

    select export_id, granularity, aggregation
    from {{ ref('int_stream_rows') }}
    group by export_id, granularity, aggregation

)

select export_id, granularity, aggregation, 'several in one export' as problem
from series
where export_id in (select export_id from series group by export_id having count(*) > 1)
union all
-- An export that streams share stands in the ledger once for each.
select distinct series.export_id, series.granularity, series.aggregation, 'another one was asked for'
from series
inner join {{ ref('stg_sei__exports') }} as exports
    on exports.export_id = series.export_id
where exports.granularity <> series.granularity
    or exports.aggregation <> series.aggregation
