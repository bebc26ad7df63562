{{ config(severity='warn') }}
-- SEI leaves out teams without data, so a gap is not an error. Lost rows are found with the ledger.
select *
from {{ ref('coverage_teams') }}
where coverage in ('missing', 'silent')
