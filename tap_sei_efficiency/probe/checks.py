"""The checks of a probe, in order: what each asks of the server at most, and how it fills in the facts."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tap_sei_efficiency.api.job_answers import field_of
from tap_sei_efficiency.model.insights import EFFICIENCY, SPRINT
from tap_sei_efficiency.model.jobs import JobStatus
from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.model.periods import Granularity, Period, Weekday, Window
from tap_sei_efficiency.model.requests import Aggregation, ExportRequest, Scope, ScopeKind
from tap_sei_efficiency.model.team_reports import TeamReportRequest
from tap_sei_efficiency.probe.facts import Facts, JobSeen, Seen
from tap_sei_efficiency.probe.file_facts import file_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_sei_efficiency.model.dialect import Dialect
    from tap_sei_efficiency.probe.wire import Wire

_OTHER_AUTH = ({"header": "x-api-key", "scheme": ""}, {"header": "authorization", "scheme": "ApiKey"})
_BEARER = {"header": "authorization", "scheme": "Bearer"}
_NOWHERE = {301, 302, 303, 307, 308, 404, 405}
_UNAUTHORIZED, _FORBIDDEN, _BAD_REQUEST = 401, 403, 400
_LISTED = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ANY_ID = re.compile(r"(?i)id$")
_LINK = re.compile(r"(?i)(url|href|link|location)$")
_MOST_LESSONS = 3
_MOST_ALONE = 2
_JOB_SECONDS = 100.0
_FIRST_POLL, _GROWTH, _LONGEST_POLL = 3.0, 1.6, 20.0


@dataclass(slots=True)
class Probing:
    """A running probe: the wire, its scope, and the facts so far."""

    wire: Wire
    scope: Scope
    team_ref: int | None
    org_tree_id: str | None
    today: date
    facts: Facts = field(default_factory=Facts)

    @property
    def dialect(self) -> Dialect:
        """The dialect of the settings, with what was found out."""
        facts, dialect = self.facts, self.wire.settings.dialect
        groups = {**dialect.groups, **{name: (word,) for name, word in facts.groups.items()}}
        return replace(
            dialect,
            groups=groups,
            granularities={**dialect.granularities, **facts.granularities},
            aggregations={**dialect.aggregations, **facts.aggregations},
            job_fields={
                name: (*([facts.job_fields[name]] if name in facts.job_fields else []), *spellings)
                for name, spellings in dialect.job_fields.items()
            },
        )

    def create(self, purpose: str, groups: tuple[str, ...], days: Window, *, weekly: bool = False) -> Seen:
        """The answer to a create request for `groups` in `days`."""
        granularity = Granularity.WEEKLY if weekly else Granularity.MONTHLY
        request = ExportRequest(self.scope, days, groups, granularity, Aggregation.MEAN)
        return self._create(purpose, request.body(self.wire.settings.org_identifier, self.dialect))

    def create_odd(self, what: str, changes: Mapping[str, Any]) -> Seen:
        """The answer to a create request with `what`, which no server knows; `changes` are its fields."""
        request = ExportRequest(self.scope, self.months, ("lttc",), Granularity.MONTHLY, Aggregation.MEAN)
        body = request.body(self.wire.settings.org_identifier, self.dialect)
        options = {**body["options"], **changes.get("options", {})}
        return self._create(f"create an export of {what}", {**body, **changes, "options": options})

    def _create(self, purpose: str, body: Mapping[str, Any]) -> Seen:
        return self.wire.ask("POST", self.dialect.path("create"), purpose, body)

    @property
    def months(self) -> Window:
        """The last month that is over, and the open one."""
        return Window((self.today.replace(day=1) - timedelta(days=1)).replace(day=1), self.today)

    @property
    def weeks(self) -> Window:
        """Some weeks that start on an arbitrary day."""
        return Window(self.today - timedelta(days=25), self.today)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it asks, how many requests that takes at most, and the code that asks."""

    name: str
    asks: str
    requests: str
    run: Callable[[Probing], None]


def _access(probing: Probing) -> None:
    """Base path and header, found with a request that every server refuses, so no job is created."""
    wire, facts = probing.wire, probing.facts
    facts.configured_path = wire.base_path
    seen = _unknown_group(probing)
    if seen.status == _UNAUTHORIZED:
        seen = _other_auth(probing, seen)
    if seen.status in _NOWHERE or "html" in seen.media_type:
        seen = _other_base(probing, seen)
    facts.base_path, facts.auth = wire.base_path, wire.settings.dialect.auth
    for _ in range(_MOST_LESSONS):
        if seen.status != _BAD_REQUEST or not _learn(probing, seen):
            break
        seen = _unknown_group(probing)
    facts.answers["unknown group"] = seen


def _unknown_group(probing: Probing) -> Seen:
    return probing.create_odd("a group that does not exist", {"metricGroups": ["no_such_group"]})


def _other_auth(probing: Probing, refused: Seen) -> Seen:
    probing.facts.answers["refused key"] = refused
    configured = dict(probing.wire.settings.dialect.auth)
    for auth in (*_OTHER_AUTH, _BEARER):
        if auth != configured:
            probing.wire.ask_as(auth=auth)
            seen = _unknown_group(probing)
            if seen.status not in {_UNAUTHORIZED, _FORBIDDEN}:
                probing.facts.refused_auth = True
                return seen
    probing.wire.ask_as(auth=configured)
    return refused


def _other_base(probing: Probing, missed: Seen) -> Seen:
    wire, configured, auth = probing.wire, probing.wire.base_path, dict(probing.wire.settings.dialect.auth)
    for path in wire.settings.dialect.base_paths:
        if path.rstrip("/") == configured.rstrip("/"):
            continue
        wire.ask_as(base_path=path)
        seen = _unknown_group(probing)
        if seen.status == _UNAUTHORIZED:
            seen = _other_auth(probing, seen)
        if seen.status not in {*_NOWHERE, _UNAUTHORIZED} and "html" not in seen.media_type:
            return seen
    wire.ask_as(base_path=configured, auth=auth)
    return missed


def _learn(probing: Probing, seen: Seen) -> bool:
    """Match the words that a refusal lists with ours; returns whether it added a word."""
    facts, dialect, listed = probing.facts, probing.dialect, _words_of(seen)
    single = {
        "granularities": {each: word for each, word in dialect.granularities.items() if each != Granularity.SPRINT},
        "aggregations": {each: dialect.aggregations[each] for each in EFFICIENCY.choices},
    }
    tables: dict[str, dict[str, tuple[str, ...]]] = {
        "groups": {name: dialect.groups[name] for name in GROUPS},
        **{n: {k: (w,) for k, w in t.items()} for n, t in single.items()},
    }
    for name, words in tables.items():
        # A list without one of our words is a list of something else.
        if not {_plain(word) for choices in words.values() for word in choices} & set(map(_plain, listed)):
            continue
        missing = {key: choices for key, choices in words.items() if choices[0] not in listed}
        free = [word for word in listed if word not in {choices[0] for choices in words.values()}]
        learned = _alike(missing, free)
        getattr(facts, name).update(learned)
        return bool(learned)
    return False


def _alike(words: Mapping[str, Sequence[str]], listed: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, choices in words.items():
        plain = {_plain(word): word for word in listed if word not in found.values()}
        spellings = [_plain(each) for each in (*choices, name, *_titles(name))]
        match = next((plain[each] for each in spellings if each in plain), None)
        close = [m for each in spellings for m in difflib.get_close_matches(each, plain, n=1, cutoff=0.6)]
        if match := match or (plain[close[0]] if close else None):
            found[name] = match
    return found


def _titles(name: str) -> Iterator[str]:
    if name in GROUPS:
        for metric in GROUPS[name].metrics:
            yield from (metric.title, *metric.spellings) if metric.name == name else ()


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


def _words_of(seen: Seen) -> list[str]:
    """The words that the message of a refusal lists, after the last word of ours that introduces a list."""
    content = seen.content if isinstance(seen.content, dict) else {}
    message = str(content.get("message") or content.get("error") or "")
    listed = re.split(r"(?i)known are|must be one of|one of|allowed|supported|valid|accepted|values?:|\[", message)
    return list(dict.fromkeys(_LISTED.findall(listed[-1]))) if len(listed) > 1 else []


def _granularities(probing: Probing) -> None:
    seen = probing.create_odd("an unknown granularity", {"options": {"granularity": "FORTNIGHTLY"}})
    probing.facts.answers["unknown granularity"] = seen
    _learn(probing, seen)


def _aggregations(probing: Probing) -> None:
    seen = probing.create_odd("an unknown aggregation", {"options": {"aggregation": "mode"}})
    probing.facts.answers["unknown aggregation"] = seen
    _learn(probing, seen)


def _unknown_team(probing: Probing) -> None:
    seen = probing.create_odd("an unknown team", {"scope": {"teamId": "no_such_team"}})
    probing.facts.answers["unknown team"] = seen


def _groups(probing: Probing) -> None:
    """All groups in one export; if refused, each in a separate one, `lttc` by week."""
    facts = probing.facts
    seen = probing.create("create an export of all groups", tuple(GROUPS), probing.months)
    facts.answers["create"] = seen
    if seen.status != _BAD_REQUEST:
        facts.combines = True if seen.is_good else None
        _note_job(probing, seen, tuple(GROUPS), Granularity.MONTHLY)
        return
    for group in GROUPS:
        weekly = group == "lttc"
        days = probing.weeks if weekly else probing.months
        answer = probing.create(f"create an export of {group}", (group,), days, weekly=weekly)
        for word in probing.dialect.groups[group][1:]:
            if answer.status == _BAD_REQUEST:
                facts.groups[group] = word
                answer = probing.create(f"create an export of {group}", (group,), days, weekly=weekly)
        if answer.is_good:
            facts.answers["create"] = answer
            _note_job(probing, answer, (group,), Granularity.WEEKLY if weekly else Granularity.MONTHLY)
        else:
            facts.refused_groups[group] = f"HTTP {answer.status}"
    _combine(probing)


def _combine(probing: Probing) -> None:
    """Whether the groups that are known combine; the first 400 may have been for one word alone."""
    facts = probing.facts
    good = tuple(group for group in GROUPS if group not in facts.refused_groups)
    if facts.groups or facts.refused_groups:
        facts.combines = probing.create("create an export of all groups", good, probing.months).is_good
    else:
        facts.combines = False


def _note_job(probing: Probing, seen: Seen, groups: tuple[str, ...], granularity: Granularity) -> None:
    facts = probing.facts
    if not seen.is_good:
        return
    content = _inside(probing, seen)
    if not isinstance(content, dict):
        facts.problems["create"] = "the answer is not a JSON object"
        return
    found = field_of(content, probing.dialect.job_fields["exportId"])
    if found is None and (names := [name for name in content if _ANY_ID.search(name)]):
        facts.job_fields["exportId"] = names[0]
        found = content[names[0]]
    if found is None:
        facts.problems["create"] = f"no field of the answer is an ID: {', '.join(sorted(content))}"
        return
    job = JobSeen(groups, granularity.value, str(found))
    if job.export_id not in {other.export_id for other in facts.jobs}:
        facts.jobs.append(job)


def _inside(probing: Probing, seen: Seen) -> Any:  # noqa: ANN401 - a JSON value
    """The content of an answer; a field that holds it is noted as the envelope."""
    content, names = seen.content, probing.dialect.job_fields["exportId"]
    if not isinstance(content, dict):
        return content
    if isinstance(seen.raw, dict) and content is not seen.raw:
        probing.facts.envelope = next((name for name, value in seen.raw.items() if value == content), "")
        return content
    if field_of(content, names) is None:
        for name, value in content.items():
            if isinstance(value, dict) and any(_ANY_ID.search(key) for key in value):
                probing.facts.envelope = name
                probing.wire.open(name)
                return value
    return content


def _reuse(probing: Probing) -> None:
    facts = probing.facts
    if not facts.jobs:
        return
    first = facts.jobs[0]
    weekly = first.granularity == Granularity.WEEKLY
    days = probing.weeks if weekly else probing.months
    seen = probing.create("create the same export again", first.groups, days, weekly=weekly)
    facts.answers["create again"] = seen
    content = _inside(probing, seen)
    found = field_of(content, probing.dialect.job_fields["exportId"]) if isinstance(content, dict) else None
    facts.reuses = str(found) == first.export_id if found else None


def _weekly(probing: Probing) -> None:
    facts = probing.facts
    if not facts.jobs or any(job.granularity == Granularity.WEEKLY for job in facts.jobs):
        return
    seen = probing.create("create an export by week", facts.jobs[0].groups, probing.weeks, weekly=True)
    facts.answers["create by week"] = seen
    _note_job(probing, seen, facts.jobs[0].groups, Granularity.WEEKLY)


def _polls(probing: Probing) -> None:
    """Poll the oldest job until it is done, then the next; one request is kept for each download and the rest."""
    clock, facts = probing.wire.clock, probing.facts
    began, pause = clock.monotonic(), _FIRST_POLL
    for job in [job for job in facts.jobs if not job.is_done]:
        while True:
            unpolled = sum(not other.is_done for other in facts.jobs)
            if probing.wire.left <= len(facts.jobs) + max(unpolled - 1, 0):
                return
            if clock.monotonic() - began < _FIRST_POLL:
                clock.sleep(_FIRST_POLL)
            _poll(probing, job)
            if job.is_done or job.is_dead:
                facts.job_seconds = facts.job_seconds or clock.monotonic() - began
                break
            if clock.monotonic() - began > _JOB_SECONDS:
                return
            clock.sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_POLL)


def _poll(probing: Probing, job: JobSeen) -> None:
    facts, fields = probing.facts, probing.dialect.job_fields
    path = probing.dialect.path("status", export_id=quote(job.export_id, safe=""))
    seen = probing.wire.ask("GET", path, "poll the export")
    facts.answers["poll"] = seen
    content = _inside(probing, seen)
    if not seen.is_good or not isinstance(content, dict):
        return
    job.status_word = str(field_of(content, fields["status"]) or "")
    location = field_of(content, fields["downloadUrl"])
    if location is None and (names := [name for name in content if _LINK.search(name)]):
        facts.job_fields["downloadUrl"] = names[0]
        location = content[names[0]]
    job.location = location if isinstance(location, str) else None
    status = JobStatus.read(job.status_word, probing.dialect.statuses)
    job.is_dead = status.is_dead
    job.is_done = status is JobStatus.COMPLETED or (status is JobStatus.UNKNOWN and job.location is not None)
    if status is JobStatus.UNKNOWN and job.status_word:
        facts.statuses["COMPLETED" if job.is_done else "PROCESSING"] = job.status_word


def _downloads(probing: Probing) -> None:
    facts, wire = probing.facts, probing.wire
    for job in facts.jobs:
        if not job.is_done or job.is_read:
            continue
        job.is_read = True
        path = job.location or probing.dialect.path("download", export_id=quote(job.export_id, safe=""))
        seen = wire.ask("GET", path, "download the export")
        facts.answers["download"] = seen
        if not seen.is_good:
            continue
        facts.files.append(file_facts(seen.body, job.groups, job.granularity, probing.dialect, probing.today))
        if job.granularity == Granularity.WEEKLY:
            _first_weekday(probing, facts.files[-1].starts)


def _first_weekday(probing: Probing, starts: Sequence[date]) -> None:
    days = {start.weekday() for start in starts if start > probing.weeks.start}
    if len(days) == 1:
        probing.facts.week_start = list(Weekday)[days.pop()].value


def _alone(probing: Probing) -> None:
    """A separate export for each group with a column that a shared file leaves unclear."""
    facts = probing.facts
    unclear = {
        group
        for file in facts.files
        if file.unknown and len(file.groups) > 1
        for group in file.groups
        for metric in GROUPS[group].metrics
        if metric.is_documented and metric.name in file.missing and metric.name not in file.guesses
    }
    for group in [group for group in GROUPS if group in unclear][:_MOST_ALONE]:
        seen = probing.create(f"create an export of {group}", (group,), probing.months)
        _note_job(probing, seen, (group,), Granularity.MONTHLY)
    if unclear:
        _polls(probing)
        _downloads(probing)


def _legacy(probing: Probing) -> None:
    if probing.team_ref is None:
        return
    last = probing.today.replace(day=1) - timedelta(days=1)
    period = Period(last.replace(day=1), last)
    request = TeamReportRequest(
        Scope(ScopeKind.TEAM_REF, str(probing.team_ref)),
        period,
        Window(period.start, period.end),
        Granularity.MONTHLY,
        Aggregation.MEAN,
    )
    path = probing.dialect.path("report")
    probing.facts.answers["legacy report"] = probing.wire.ask(
        "POST", path, "get a legacy report", request.body(), format="csv"
    )


def _trees(probing: Probing) -> None:
    facts, dialect = probing.facts, probing.dialect
    seen = probing.wire.ask("GET", dialect.path("org_trees"), "list the org trees")
    facts.answers["org trees"] = seen
    facts.trees = _count(seen, dialect)
    tree = probing.org_tree_id or _first_id(seen, dialect)
    if tree is not None:
        path = dialect.path("teams", org_tree_id=quote(tree, safe=""))
        teams = probing.wire.ask("GET", path, "list the teams of an org tree", there_is_no_cache="true")
        facts.answers["teams"] = teams
        facts.teams = _count(teams, dialect)
        refs = [field_of(team, dialect.team_fields["ref_id"]) for team in _list(teams, dialect)]
        probing.team_ref = probing.team_ref or next((ref for ref in refs if isinstance(ref, int)), None)


def _list(seen: Seen, dialect: Dialect) -> list[Any]:
    content = seen.content if seen.is_good else None
    for _ in range(3):
        if isinstance(content, dict):
            content = next((content[name] for name in dialect.team_fields["list"] if name in content), None)
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


def _count(seen: Seen, dialect: Dialect) -> int | None:
    return len(_list(seen, dialect)) if seen.is_good else None


def _first_id(seen: Seen, dialect: Dialect) -> str | None:
    ids = (field_of(item, dialect.team_fields["org_tree_id"]) for item in _list(seen, dialect))
    return next((str(found) for found in ids if found is not None), None)


def _sprints(probing: Probing) -> None:
    """Where sprint exports are created, with a request that no server takes: no job comes of it."""
    wire = probing.wire
    if not wire.settings.sprint_metrics:
        return
    choice = Aggregation.STORY_POINTS
    request = ExportRequest(probing.scope, probing.months, ("no_such_group",), Granularity.MONTHLY, choice)
    body = request.body(wire.settings.org_identifier, probing.dialect)
    for word in SPRINT.create_words:
        path = probing.dialect.path(f"{word}create")
        seen = wire.ask("POST", path, "create an export of sprint metrics of a group that does not exist", body)
        probing.facts.answers["sprint metrics"] = seen
        if seen.status not in _NOWHERE:
            return


CHECKS: tuple[Check, ...] = (
    Check("access", "a group that does not exist: which base path and header answer", "1 to 8", _access),
    Check("granularities", "a granularity that does not exist", "1", _granularities),
    Check("aggregations", "an aggregation that does not exist", "1", _aggregations),
    Check("unknown team", "a team that does not exist", "1", _unknown_team),
    Check("groups", "an export of all groups; if refused, one of each", "1 to 9", _groups),
    Check("reuse", "the same export again", "1", _reuse),
    Check("weeks", "an export by week", "0 to 1", _weekly),
    Check("jobs", "how far the exports are", "2 to 12", _polls),
    Check("files", "the files of the exports", "2 to 7", _downloads),
    Check("unclear columns", "an export of each group with a column that is not clear", "0 to 9", _alone),
    Check("org trees and teams", "the lists of org trees and of the teams of one", "1 to 2", _trees),
    Check("legacy report", "a legacy report", "0 to 1", _legacy),
    Check("sprint metrics", "a group of sprint metrics that does not exist", "0 to 2", _sprints),
)
