{{ config(severity='warn') }}
-- SEI leaves out teams without data, so that a gap is not yet an error; rows lost on the way are found by the ledger.
select *
from {{ ref('coverage_teams') }}
where coverage in ('missing', 'silent')
