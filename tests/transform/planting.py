"""Errors of each kind, as SQL for both databases; each in separate rows."""

# ruff: noqa: S608 - the SQL contains only constants of this file

from __future__ import annotations

_SERIES = "granularity = 'MONTHLY' AND aggregation = 'mean'"
NO_DEPLOYMENTS = "Developer Experience"


def _where(team: str, period_start: str) -> str:
    return f"WHERE team = '{team}' AND period_start = '{period_start}' AND {_SERIES}"


def _of_sprint(team: str) -> str:
    mode = "computation_mode = 'TICKETS'"
    return f"WHERE team = '{team}' AND period_start = '2025-10-01' AND granularity = 'MONTHLY' AND {mode}"


# A sprint with creep, so that its share is not null.
_A_SPRINT = """WHERE computation_mode = 'TICKETS' AND sprint = (
    SELECT min(sprint) FROM sei.sprints WHERE team = 'Checkout' AND is_period_complete AND sprint_creep > 0
)"""

PLANTED = (
    # A row twice. The loader's key would refuse it, so the table is created again without a key.
    "CREATE TABLE sei.keyless AS SELECT * FROM sei.work_items",
    "DROP TABLE sei.work_items CASCADE",
    "ALTER TABLE sei.keyless RENAME TO work_items",
    f"INSERT INTO sei.work_items SELECT * FROM sei.work_items {_where('Cart', '2025-12-01')}",
    # A row that the tap emitted and that is missing in the warehouse.
    f"DELETE FROM sei.mttr {_where('Ledger', '2025-11-01')}",
    # A window that was never received.
    f"UPDATE sei.exports SET status = 'failed' WHERE stream = 'rating' AND window_start = '2025-07-01' AND {_SERIES}",
    # A median among means.
    f"UPDATE sei.lttc SET aggregation = 'median' {_where('Checkout', '2025-10-01')}",
    # A rate that differs from its counts, one without deployments, and one that is possible but rare.
    f"UPDATE sei.cfr SET cfr = cfr + 7 {_where('Checkout', '2025-12-01')}",
    f"UPDATE sei.cfr SET cfr = 0 {_where(NO_DEPLOYMENTS, '2025-10-01')}",
    f"UPDATE sei.cfr SET cfr = 150, total_failures = 1 {_where('Search', '2025-10-01')}",
    # Stages that do not add up to the lead time, a month that ends early, and a negative time.
    f"UPDATE sei.lttc SET planning = planning + 1 {_where('Search', '2025-12-01')}",
    f"UPDATE sei.rating SET period_end = '2025-10-30' {_where('Search', '2025-10-01')}",
    f"UPDATE sei.mttr SET mttr = -1 {_where('Search', '2025-11-01')}",
    # Work that its parts do not make, of each rule, and shares that they do not make.
    f"UPDATE sei.sprint_work SET sprint_size = sprint_size + 1 {_of_sprint('Checkout')}",
    f"UPDATE sei.sprint_delivery SET total_work_delivered = total_work_delivered + 1 {_of_sprint('Ledger')}",
    f"UPDATE sei.sprint_delivery SET missed_commit = missed_commit + 1 {_of_sprint('Search')}",
    f"UPDATE sei.sprints SET missed_creep = missed_creep + 1 {_A_SPRINT}",
    f"UPDATE sei.sprint_delivery_analysis SET total_work_delivered_percent = 200 {_of_sprint('Search')}",
    f"UPDATE sei.sprints SET scope_creep_percent = scope_creep_percent + 1000 {_A_SPRINT}",
)
