"""The SDK's own standard tests of a tap, with every stream switched on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from standin.clock import FakeClock
from standin.server import Standin
from tap_sei_efficiency.tap import TapSeiEfficiency
from tests.sync.run import config, team

if TYPE_CHECKING:
    from collections.abc import Iterator

# The SDK creates its test class, with the tap and its config, when this file is imported.
_clock = FakeClock(datetime(2026, 11, 23, 10, tzinfo=UTC))
_sei = Standin(clock=_clock, job_seconds=5)
_sei.__enter__()
_checkout = team(_sei, "Engineering/Payments/Checkout")


@pytest.fixture(scope="module", autouse=True)
def _stand_in() -> Iterator[None]:
    yield
    _sei.__exit__(None, None, None)


TestStandard = get_tap_test_class(
    tap_class=TapSeiEfficiency,
    config=config(
        _sei,
        team_ids=[_checkout.team_id],
        org_tree_ids=[_sei.org.trees[0].tree_id],
        legacy_team_ref_ids=[_checkout.ref_id],
        metrics=["LTTC_Mean_Days"],
    ),
    suite_config=SuiteConfig(max_records_limit=None),
    parse_env_config=False,  # a developer's own .env must not send the tests to a real SEI
    clock=_clock,
    today=_clock.now().date(),
)
