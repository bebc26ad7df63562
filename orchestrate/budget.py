"""The share of one run in the limits of one API key. Pure."""

from __future__ import annotations


def share(slots: int, requests_per_minute: int, concurrent_exports: int) -> dict[str, str]:
    """The tap's settings for one of `slots` concurrent runs.

    Raises:
        ValueError: Each run would get less than one request a minute; the message says what to change.
    """
    if not 0 < slots <= requests_per_minute:
        msg = (
            f"{slots} runs at once cannot share {requests_per_minute} requests a minute. Give the pool a limit between "
            "1 and ORCHESTRATE_REQUESTS_PER_MINUTE (concurrency.pools.default_limit in dagster.yaml)."
        )
        raise ValueError(msg)
    return {
        "TAP_SEI_EFFICIENCY_REQUESTS_PER_MINUTE": str(requests_per_minute // slots),
        "TAP_SEI_EFFICIENCY_MAX_CONCURRENT_EXPORTS": str(max(1, concurrent_exports // slots)),
    }
