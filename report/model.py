"""The figures of one scope, by team and period: nothing here is summed up or averaged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from report.warehouse import Row


class Scope(NamedTuple):
    """What figures must share to stand in one picture."""

    org_identifier: str
    project_identifier: str
    granularity: str
    aggregation: str


@dataclass(frozen=True, slots=True)
class Period:
    """One period, over or still open."""

    start: date
    label: str
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Restatement:
    """A closed figure that SEI has changed since it was first loaded."""

    old: float | None
    new: float | None
    at: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What SEI said of one team in one period; `has_row` is false where it said nothing.

    `places` has the published DORA band of each metric. A withdrawn row is one that a newer export no longer held.
    """

    has_row: bool
    values: Mapping[str, float | None]
    rating: str | None = None
    restated: Mapping[str, Restatement] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    is_withdrawn: bool = False


NOTHING = Figures(has_row=False, values={})


@dataclass(slots=True)
class Team:
    """A team, its figures by period, and the teams right below it."""

    key: str
    path: str
    name: str
    figures: dict[date, Figures]
    parent: Team | None = None
    children: list[Team] = field(default_factory=list)

    def at(self, period: Period) -> Figures:
        """The figures of one period."""
        return self.figures.get(period.start, NOTHING)

    @property
    def has_figures(self) -> bool:
        """Whether SEI gave a row for any period."""
        return any(figures.has_row for figures in self.figures.values())

    def walk(self) -> Iterator[Team]:
        """This team and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def leaves(self) -> list[Team]:
        """The teams below, or this one, that have no teams below them."""
        return [team for team in self.walk() if not team.children]


@dataclass(frozen=True, slots=True)
class Picture:
    """All that the report shows, and the scopes that it leaves out."""

    scope: Scope
    left_out: Sequence[Scope]
    periods: Sequence[Period]
    exported: tuple[str, str]
    failed: Sequence[str]
    top: Team

    @property
    def closed(self) -> Sequence[Period]:
        """The periods that are over."""
        return [period for period in self.periods if period.is_complete]


def scope_of(row: Row) -> Scope:
    """The scope that a row of figures belongs to."""
    return Scope(*(str(row[name]) for name in Scope._fields))
