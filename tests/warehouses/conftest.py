"""Two loads a week apart into each warehouse, by `meltano run`; every table is kept after each."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from standin.clock import FakeClock
from standin.server import Standin
from standin.truth import Truth
from tests.meltano.conftest import Meltano
from tests.sync.run import team
from tests.warehouses import emulators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standin.org import Team
    from standin.truth import Value
    from tests.warehouses.emulators import Warehouse

ROOTS = ("Engineering/Payments", "Operations")
METRICS = ["LTTC_Mean_Days", "DF_Deployment_Count", "MTTR_Mean_Days"]
ADD_COLUMN = "ALTER TABLE sei.custom_metrics ADD COLUMN IF NOT EXISTS df_deployment_count INT64"
"""The statement that BigQuery's loader needs before a new column, from docs/warehouses.md."""
FIRST_DAY = date(2025, 12, 1)
TIMES = (datetime(2026, 3, 5, 10, tzinfo=UTC), datetime(2026, 3, 12, 10, tzinfo=UTC))
WITHDRAWN = ("Checkout", date(2026, 2, 1))
"""Team and period whose change failure rate is null at the second load only."""


class WithdrawingTruth(Truth):
    """The stand-in's truth, except that SEI withdraws a figure: a value becomes "no data"."""

    def figures(self, team: Team, start: date, end: date, aggregation: str, as_of: datetime) -> dict[str, Value] | None:
        """The figures, with null for the withdrawn one."""
        values = Truth.figures(self, team, start, end, aggregation, as_of)
        is_withdrawn = (team.name, start) == WITHDRAWN and as_of >= TIMES[1]
        return values | {"CFR": None} if values and is_withdrawn else values


@dataclass
class History:
    """A warehouse, a stand-in whose clock the loads set, and the content of the tables after each load."""

    kind: str
    sei: Standin
    warehouse: Warehouse
    meltano: Meltano
    loads: list[dict[str, Any]] = field(default_factory=list)

    def load(self, at: datetime, metrics: list[str], status: int = 0) -> str:
        """Load every stream at the time `at`; returns the output."""
        assert isinstance(self.sei.clock, FakeClock)
        self.sei.clock.sleep((at - self.sei.clock.now()).total_seconds())
        payments = team(self.sei, ROOTS[0])
        return self.meltano(
            "run",
            "--no-install",
            "tap-sei-efficiency",
            f"target-{self.kind}",
            status=status,
            team_ids=[payments.team_id],
            org_tree_names=[ROOTS[1]],
            legacy_team_ref_ids=[payments.ref_id],
            org_tree_ids=[tree.tree_id for tree in self.sei.org.trees],
            metrics=metrics,
            start_date=FIRST_DAY.isoformat(),
            end_date=at.date().isoformat(),
        )

    def teams(self) -> list[Team]:
        """The exported teams."""
        return [below for root in ROOTS for below in self.sei.org.below(team(self.sei, root))]


@contextmanager
def clocked_standin() -> Iterator[Standin]:
    """A stand-in whose clock the test sets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("standin.server.Truth", WithdrawingTruth)
        with Standin(clock=FakeClock(TIMES[0]), job_seconds=0.0) as server:
            yield server


@pytest.fixture(scope="module", params=["snowflake", "bigquery"])
def kind(request: pytest.FixtureRequest) -> str:
    """The warehouse."""
    return str(request.param)


@pytest.fixture(scope="module")
def history(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """Load twice; the second time a week later, and with one more metric."""
    folder = tmp_path_factory.mktemp(kind)
    (folder / "none.env").touch()
    with getattr(emulators, kind)(folder) as warehouse, clocked_standin() as sei:
        system = emulators.system_folder(folder / "system", kind)
        meltano = Meltano(folder, sei, {**warehouse.settings, "MELTANO_SYS_DIR_ROOT": str(system)})
        history = History(kind, sei, warehouse, meltano)
        history.load(TIMES[0], METRICS[:1])
        history.loads.append(warehouse.tables())
        if kind == "bigquery":
            warehouse.statements(ADD_COLUMN)
        history.load(TIMES[1], METRICS[:2])
        history.loads.append(warehouse.tables())
        yield history
