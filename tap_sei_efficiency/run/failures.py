"""What failed in a run, with one message for each cause, for all streams that it stops."""

from __future__ import annotations

import difflib
import logging
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_sei_efficiency.errors import ExportError, RefusedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tap_sei_efficiency.api.teams import Team

_MOST_WARNINGS = 3
_MOST_NAMES = 20
_CORRELATION = re.compile(r", correlation id [^,).;]*")
"""Every answer of SEI has a different one."""
_UNAVAILABLE = "unavailable"

_CHECKS = {
    "team": "Check `team_ids`: it contains IDs, not names",
    "org_tree": "Check `org_tree_names`: it contains names as SEI spells them, not IDs",
    "team_ref": "Check `legacy_team_ref_ids`: it contains SEI's numbers of teams",
    "org tree": "Check `org_tree_ids`: it contains IDs of org trees, not names",
}
"""What to check if SEI does not know a scope, by the prefix of the scope."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a stream could not emit for a scope, and why."""

    stream: str
    scope: str
    error: ExportError

    @property
    def name(self) -> str:
        """The scope without its kind."""
        return re.split("[: ]", self.scope, maxsplit=1)[-1].removeprefix("tree ")

    @property
    def mistake(self) -> str:
        """The key that failures of one cause share."""
        if isinstance(self.error, UnavailableError):
            return _UNAVAILABLE
        return _CORRELATION.sub("", self.error.cause).replace(self.name, "…")

    @property
    def is_unknown(self) -> bool:
        """Whether SEI does not know the scope."""
        return isinstance(self.error, RefusedError) and self.error.status == HTTPStatus.NOT_FOUND


class Failures:
    """The failures of a run, in order."""

    def __init__(self) -> None:
        self.all: list[Failure] = []
        self._warned: dict[str, set[str]] = {}

    def add(self, failure: Failure) -> None:
        """Add a failure, and warn of it unless the same cause was already logged for its scope or for three others."""
        self.all.append(failure)
        warned = self._warned.setdefault(failure.mistake, set())
        if failure.scope in warned:
            return
        warned.add(failure.scope)
        if len(warned) <= _MOST_WARNINGS:
            _logger.warning("Stream %s stops at %s: %s", failure.stream, failure.scope, failure.error)
        elif len(warned) == _MOST_WARNINGS + 1:
            _logger.warning("More scopes fail in the same way; the last lines of the run name them.")

    def lines(self, streams: Collection[str], scopes: Collection[str], teams: Iterable[Team]) -> list[str]:
        """One line for each cause. `streams` and `scopes` are all of the run, `teams` the known ones."""
        mistakes: dict[str, list[Failure]] = {}
        for failure in self.all:
            mistakes.setdefault(failure.mistake, []).append(failure)
        return [_line(failures, streams, scopes, list(teams)) for failures in mistakes.values()]


def _line(failures: Sequence[Failure], streams: Collection[str], scopes: Collection[str], teams: Sequence[Team]) -> str:
    first = failures[0]
    stopped = list(dict.fromkeys(failure.stream for failure in failures))
    names = list(dict.fromkeys(failure.scope for failure in failures))
    is_one = len({str(failure.error) for failure in failures}) == 1
    text = str(first.error) if is_one and not first.is_unknown else first.error.cause
    of_streams = "" if set(streams) <= set(stopped) else f"{', '.join(stopped)} of "
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    line = f"{of_streams}{', '.join(names[:_MOST_NAMES])}{more}: {text}"
    return f"{line} {_advice(failures, scopes, teams)}" if first.is_unknown else line


def _advice(failures: Sequence[Failure], scopes: Collection[str], teams: Sequence[Team]) -> str:
    first = failures[0]
    check = next((text for start, text in _CHECKS.items() if first.scope.startswith((f"{start}:", f"{start} "))), "")
    check += "; `--scopes` lists what SEI knows"
    if {failure.scope for failure in failures} >= set(scopes):
        check += ". SEI knows none of the scopes; check `org_identifier`, `project_identifier` and `api_url` too"
    close = dict.fromkeys(text for failure in failures for text in _close(failure, teams))
    return f"{check}. Did you mean {', '.join(list(close)[:_MOST_NAMES])}?" if close else f"{check}."


def _close(failure: Failure, teams: Sequence[Team]) -> list[str]:
    """The known teams with a name or ID similar to what SEI does not know, as values for the setting, with names."""
    is_ref = failure.scope.startswith("team_ref:")
    if not is_ref and not failure.scope.startswith("team:"):
        return []
    known = {text.casefold(): team for team in teams for text in (team.name, team.team_id, str(team.ref_id))}
    found = difflib.get_close_matches(failure.name.casefold(), known, n=1, cutoff=0.75)
    return [f"{known[key].ref_id if is_ref else known[key].team_id} ({known[key].name})" for key in found]
