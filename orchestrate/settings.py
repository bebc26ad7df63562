"""Settings of an installation, from the environment. dagster.yaml sets how many shards run at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "ORCHESTRATE_"


def number(name: str, default: int, *, least: int = 0, environment: Mapping[str, str] = os.environ) -> int:
    """The whole number that `ORCHESTRATE_NAME` sets, or `default`.

    Raises:
        ValueError: The value is not a whole number of `least` or more; the message names the variable.
    """
    text = environment.get(_PREFIX + name, "").strip() or str(default)
    if not text.isdecimal() or int(text) < least:
        msg = f"{_PREFIX}{name} is {text!r}. Set it to a whole number of {least} or more, such as {default}."
        raise ValueError(msg)
    return int(text)


SHARDS = number("SHARDS", 8, least=1)
REQUESTS_PER_MINUTE = number("REQUESTS_PER_MINUTE", 380, least=1)  # of the 400 that Harness allows for a key
CONCURRENT_EXPORTS = number("CONCURRENT_EXPORTS", 8, least=1)
RETRY_SECONDS = number("RETRY_SECONDS", 60)
COOL_DOWN_SECONDS = number("COOL_DOWN_SECONDS", 60)
BACKFILL_FROM_YEAR = number("BACKFILL_FROM_YEAR", 2024, least=2000)
