"""How many examples Hypothesis tries for a property: `make test-unit` asks for a fifth of what `make test` tries."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

ALL, QUICK = "all", "quick"
_SHARE = 5
_PLENTY = 100  # Hypothesis' own number


def register() -> None:
    """Register the profile "quick", and load one for the other runs. No example has a time limit: machines differ."""
    settings.register_profile(QUICK, max_examples=_PLENTY // _SHARE, deadline=None)
    settings.register_profile(ALL, deadline=None)
    settings.load_profile(ALL)


def examples(count: int, **given: Any) -> settings:
    """Settings for `count` examples, or for a fifth of them, that may each take as long as they want."""
    is_quick = settings.get_current_profile_name() == QUICK
    return settings(max_examples=count // _SHARE if is_quick else count, deadline=None, **given)
