"""Settings, bookmarks and today to the ordered export requests of a run. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.insights import EFFICIENCY, INSIGHTS, SPRINT, Insight
from tap_sei_efficiency.model.metric_names import group_of, metric_of
from tap_sei_efficiency.model.metrics_table import GROUPS, SPRINTS
from tap_sei_efficiency.model.periods import Calendar, Days, Granularity, Window
from tap_sei_efficiency.model.requests import ExportRequest
from tap_sei_efficiency.model.team_reports import TeamReportRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence, Sized

    from tap_sei_efficiency.model.metrics_table import Metric
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.run.progress import Progress
    from tap_sei_efficiency.settings import Settings

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """What a stream requests for every scope: its metric groups, and single metrics if it has any.

    A stream `from_the_start` ignores what earlier runs emitted. `by_sprint` asks for a row for each sprint.
    """

    name: str
    groups: tuple[str, ...]
    metrics: tuple[str, ...] = ()
    from_the_start: bool = False
    insight: Insight = EFFICIENCY
    by_sprint: bool = False

    def views(self, settings: Settings) -> tuple[Settings, ...]:
        """The settings of each partition of a scope."""
        return settings.views(self.insight, by_sprint=self.by_sprint)


def custom_plan(metrics: Sequence[str]) -> StreamPlan:
    """The stream of single metrics, which asks for them and for the groups that they belong to."""
    known = [metric_of(name) for name in metrics]
    groups = dict.fromkeys(group_of(metric).name for metric in known if metric)
    # The API requires groups with the metrics. A metric that the table does not know can be in any group.
    return StreamPlan("custom_metrics", tuple(groups if all(known) else GROUPS), tuple(metrics))


def sprint_plans(levels: Collection[str]) -> Iterator[tuple[StreamPlan, Sequence[Metric]]]:
    """The streams of sprint metrics at `levels`, each with its metrics."""
    if "team" in levels:
        yield from ((StreamPlan(group.name, (group.name,), insight=SPRINT), group.metrics) for group in SPRINT.groups)
    if "sprint" in levels:
        groups = tuple(group.name for group in SPRINT.groups)
        yield StreamPlan("sprints", groups, insight=SPRINT, by_sprint=True), SPRINTS


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests of a run: the pages of each stream and scope, oldest window first, and the readers of each request.

    `days` are what the run makes whole for a stream and scope, with what earlier runs emitted of an unfinished load.
    """

    pages: Mapping[tuple[str, Scope], Sequence[ExportRequest]]
    readers: Mapping[ExportRequest, Sequence[str]] = field(default_factory=dict)
    days: Mapping[tuple[str, Scope], Days] = field(default_factory=dict)

    @property
    def requests(self) -> Sequence[ExportRequest]:
        """Each request once, in the order in which the streams will read them."""
        return list(self.readers)

    def plus(self, other: Plan) -> Plan:
        """The requests of both; without `days`, which differ between the partitions of a stream and scope."""
        pages = {
            page: [*self.pages.get(page, ()), *other.pages.get(page, ())]
            for page in dict.fromkeys((*self.pages, *other.pages))
        }
        return Plan(pages, {**self.readers, **other.readers})

    def newest_period(self, calendar: Calendar) -> Plan:
        """The newest period of each stream and scope, for a test."""
        pages = {}
        readers: dict[ExportRequest, list[str]] = defaultdict(list)
        for (stream, scope), requests in self.pages.items():
            for request in requests[-1:]:
                newest = Window(calendar.holding(request.window.end).start, request.window.end)
                pages[stream, scope] = [replace(request, window=newest)]
                readers[replace(request, window=newest)].append(stream)
        return Plan(pages, dict(readers))


def days_wanted(settings: Settings, today: date) -> Days | None:
    """The days that a run without bookmarks exports, starting with a whole period; None if there is none."""
    calendar = settings.calendar
    start, end = calendar.holding(settings.start_date).start, settings.end_date
    last = calendar.holding(end)
    is_open = last.end > end or last.end >= today
    if is_open and not settings.include_open_period and settings.granularity is not Granularity.SPRINT:
        end = last.start - _ONE_DAY
    return Days(start, end) if start <= end else None


def days_after(bookmark: date | None, wanted: Days, calendar: Calendar, lookback: int) -> Days | None:
    """The part of `wanted` that a run exports if its newest emitted period starts on `bookmark`."""
    if bookmark is None:
        return wanted
    start = max(wanted.start, calendar.shift(calendar.holding(bookmark), -lookback).start)
    return Days(start, wanted.end) if start <= wanted.end else None


def windows(calendar: Calendar, days: Days, size: int, kept: Collection[Window] = ()) -> Iterator[Window]:
    """Windows that tile `days`, with those of `kept` among them that fit.

    `kept` are the windows of jobs that an interrupted run left unfinished; the run resumes them unchanged.
    """
    start = days.start
    for window in sorted(kept):
        ends_a_period = window.end in {calendar.holding(window.end).end, days.end}
        starts_a_period = window.start == calendar.holding(window.start).start
        if window.start < start or window.end > days.end or not (starts_a_period and ends_a_period):
            continue
        if start < window.start:
            yield from calendar.windows(Days(start, window.start - _ONE_DAY), size)
        yield window
        start = window.end + _ONE_DAY
    if start <= days.end:
        yield from calendar.windows(Days(start, days.end), size)


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes the plan of a run.

    `bookmarks` contains the start of the newest period that each stream has emitted for a scope; `progress` what it has
    emitted of an unfinished load; `unfinished` the requests whose jobs an interrupted run left at SEI.
    """

    settings: Settings
    today: date
    bookmarks: Mapping[tuple[str, Scope], date] = field(default_factory=dict)
    progress: Mapping[tuple[str, Scope], Progress] = field(default_factory=dict)
    unfinished: Sequence[ExportRequest] = ()

    def plan(self, streams: Sequence[StreamPlan], scopes: Sequence[Scope]) -> Plan:
        """The requests of `streams` for `scopes`, with one request for streams that can share it."""
        days = {(stream, scope): self._days(stream, scope) for stream in streams for scope in scopes}
        pages = {page: self._windows(*page, wanted) for page, wanted in days.items() if wanted}
        groups: dict[tuple[Scope, Window], list[str]] = defaultdict(list)
        for (stream, scope), page_windows in pages.items():
            for window in page_windows if self._shares(stream) else ():
                groups[scope, window] += stream.groups
        readers: dict[ExportRequest, list[str]] = defaultdict(list)
        requests: dict[tuple[str, Scope], list[ExportRequest]] = {}
        for (stream, scope), page_windows in pages.items():
            requests[stream.name, scope] = [
                ExportRequest(
                    scope=scope,
                    window=window,
                    groups=_in_table_order(groups[scope, window]) if self._shares(stream) else stream.groups,
                    granularity=self.settings.granularity,
                    aggregation=self.settings.aggregation,
                    metrics=stream.metrics,
                )
                for window in page_windows
            ]
            for request in requests[stream.name, scope]:
                readers[request].append(stream.name)
        return Plan(requests, dict(readers), {(page[0].name, page[1]): each for page, each in days.items() if each})

    def _shares(self, stream: StreamPlan) -> bool:
        combines = self.settings.dialect.combine_groups is not False
        return self.settings.share_exports and combines and not stream.metrics

    def _days(self, stream: StreamPlan, scope: Scope) -> Days | None:
        wanted = days_wanted(self.settings, self.today)
        bookmark = None if stream.from_the_start else self.bookmarks.get((stream.name, scope))
        return wanted and days_after(bookmark, wanted, self.settings.calendar, self.settings.lookback_periods)

    def _windows(self, stream: StreamPlan, scope: Scope, days: Days) -> list[Window]:
        settings = self.settings
        progress = None if stream.from_the_start else self.progress.get((stream.name, scope))
        missing = progress.missing(days, settings.calendar) if progress else [days]
        mine = (request for request in self.unfinished if request.scope == scope)
        kept = [request.window for request in mine if _serves(request, stream, settings)]
        return [
            window for part in missing for window in windows(settings.calendar, part, settings.window_periods, kept)
        ]


def _in_table_order(groups: Sequence[str]) -> tuple[str, ...]:
    # The same groups are the same request, in any order of the streams.
    return tuple(group.name for insight in INSIGHTS for group in insight.groups if group.name in groups)


def plan_replay(
    settings: Settings, streams: Sequence[StreamPlan], scopes: Collection[Scope], archived: Sequence[ExportRequest]
) -> Plan:
    """The archived requests of `scopes` that serve `streams` with this granularity and aggregation, oldest first."""
    pages: dict[tuple[str, Scope], list[ExportRequest]] = defaultdict(list)
    readers: dict[ExportRequest, list[str]] = defaultdict(list)
    for stream in streams:
        for request in archived:
            if request.scope in scopes and _serves(request, stream, settings):
                pages[stream.name, request.scope].append(request)
                readers[request].append(stream.name)
    return Plan(pages, readers)


def _serves(request: ExportRequest, stream: StreamPlan, settings: Settings) -> bool:
    needed = set(stream.groups) - (stream.insight.doubtful_by_sprint if stream.by_sprint else set())
    return (
        request.metrics == stream.metrics
        and needed <= set(request.groups)
        and (request.granularity, request.aggregation) == (settings.granularity, settings.aggregation)
    )


def plan_team_reports(settings: Settings, scope: Scope, bookmark: date | None, today: date) -> list[TeamReportRequest]:
    """The reports that a run requests for a team, oldest period first."""
    wanted = days_wanted(settings, today)
    days = wanted and days_after(bookmark, wanted, settings.calendar, settings.lookback_periods)
    if days is None:
        return []
    return [
        TeamReportRequest(
            scope=scope,
            period=period,
            window=Window(period.start, min(period.end, days.end)),
            granularity=settings.granularity,
            aggregation=settings.aggregation,
        )
        for period in settings.calendar.periods(days)
    ]


def describe(plan: Plan, reports: Sequence[object] = ()) -> str:
    """A description of what a run of `plan` and of legacy `reports` requests, for a person to read."""
    exports = [f"export {request} ({request.granularity}, {request.aggregation})" for request in plan.requests]
    scopes = {request.scope for request in plan.requests}
    total = (
        f"{_counted(exports, 'export')} of {_counted(scopes, 'scope')} and {_counted(reports, 'team report')}: "
        f"{3 * len(exports) + len(reports)} requests at least."
    )
    return "\n".join([*exports, *map(str, reports), total])


def _counted(things: Sized, noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"
