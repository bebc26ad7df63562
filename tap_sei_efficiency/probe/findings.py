"""Converts facts to findings: what was expected, what was found, and what to set. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.model.periods import Weekday

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_sei_efficiency.probe.facts import Facts, FileSeen, Seen
    from tap_sei_efficiency.settings import Settings

AS_DOCUMENTED, HANDLED, UNKNOWN = "as documented", "the tap copes", "not found out"
KEY_NAMES = frozenset({"Team", "Team_Hierarchy", "Granularity", "Start_Date", "End_Date"})
_WIDTHS = (36, 40, 60)
_UNAUTHORIZED, _SERVER_ERROR = 401, 500
_REFUSED_KEY = frozenset({401, 403})
_NO_SEI = frozenset({301, 302, 303, 307, 308, 404, 405})


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. `advice` is a verdict or what to set; a problem keeps a sync from being right."""

    fact: str
    expected: str
    found: str
    advice: str = AS_DOCUMENTED
    is_problem: bool = False


def findings(facts: Facts, settings: Settings) -> list[Finding]:
    """Every fact, in the order in which a request meets it."""
    return [
        *way_in(facts, settings),
        *_refusals(facts),
        *_words(facts, settings),
        *_create(facts),
        *_answers(facts),
        *_progress(facts),
        *_lists(facts, settings),
        *_files(facts),
    ]


def is_let_in(seen: Seen) -> bool:
    """Whether an answer to a create request comes from SEI, which knows the key."""
    is_page = "html" in seen.media_type
    return seen.status not in _REFUSED_KEY | _NO_SEI and seen.status < _SERVER_ERROR and not is_page


def table(rows: Sequence[Finding]) -> str:
    """The findings for a person to read."""
    cells = [("fact", "expected", "found", "verdict"), *((r.fact, r.expected, r.found, r.advice) for r in rows)]
    widths = [min(max(len(row[i]) for row in cells), most) for i, most in enumerate(_WIDTHS)]
    return "\n".join(_line(row, widths) for row in cells)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    # What is not printable could steer the terminal.
    row = ["".join(character if character.isprintable() else " " for character in cell) for cell in row]
    cut = [cell if len(cell) <= width else f"{cell[: width - 1]}…" for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*(cell.ljust(width) for cell, width in zip(cut, widths, strict=True)), row[-1]]).rstrip()


def _set(part: str) -> str:
    return f"set `{part}` in `dialect`"


def _shown(seen: Seen | None) -> str:
    if seen is None:
        return UNKNOWN
    keys = f", {', '.join(sorted(seen.content))}" if isinstance(seen.content, dict) else ""
    return f"HTTP {seen.status} {seen.media_type}{keys}"


def way_in(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """Whether the base path and the key let requests in."""
    seen = facts.answers.get("unknown group")
    auth = dict(settings.dialect.auth)
    differs = facts.base_path.rstrip("/") != facts.configured_path.rstrip("/")
    if seen is None:
        return
    if seen.status in _REFUSED_KEY:
        problem = "check `api_key`, its role, and both identifiers"
        yield Finding("API key", "accepted", _shown(seen), problem, is_problem=True)
        return
    if not is_let_in(seen):
        problem = "check `api_url`: none of `base_paths` answers as SEI does"
        yield Finding("base path", facts.configured_path, _shown(seen), problem, is_problem=True)
        return
    advice = _set("base_path") if differs else AS_DOCUMENTED
    yield Finding("base path", facts.configured_path, facts.base_path, advice)
    other = dict(facts.auth) != auth
    shown = [f"{each['header']}: {each['scheme']} …".replace("  ", " ") for each in (auth, facts.auth)]
    yield Finding("header of the key", shown[0], shown[1], _set("auth") if other else AS_DOCUMENTED)


def _refusals(facts: Facts) -> Iterator[Finding]:
    for name in ("unknown group", "unknown granularity", "unknown aggregation", "unknown team"):
        if seen := facts.answers.get(name):
            advice = "SEI takes what it does not know" if seen.is_good else AS_DOCUMENTED
            yield Finding(name, "HTTP 400 or 404", _shown(seen), advice)


def _words(facts: Facts, settings: Settings) -> Iterator[Finding]:
    if not facts.answers:
        return
    dialect = settings.dialect
    for name, words in (("granularity", facts.granularities), ("aggregation", facts.aggregations)):
        for ours, theirs in words.items():
            yield Finding(f"{name} {ours}", ours, theirs, _set("granularities" if name[0] == "g" else "aggregations"))
    for group in GROUPS:
        if group in facts.groups:
            yield Finding(f"group {group}", dialect.groups[group][0], facts.groups[group], _set("groups"))
        elif group in facts.refused_groups:
            problem = "deselect the stream, or set its word in `groups`"
            yield Finding(f"group {group}", group, facts.refused_groups[group], problem, is_problem=True)
    if facts.combines is not None:
        advice = AS_DOCUMENTED if facts.combines else _set("combine_groups")
        found = "yes" if facts.combines else "no, HTTP 400"
        yield Finding("groups in one export", "yes", found, advice)


def _create(facts: Facts) -> Iterator[Finding]:
    create = facts.answers.get("create")
    if create and not create.is_good and not facts.jobs:
        said = create.content.get("message") if isinstance(create.content, dict) else ""
        yield Finding("create", "HTTP 202", f"{_shown(create)}: {said}", "see the words", is_problem=True)
        return
    if create:
        yield Finding("create", "HTTP 202", _shown(create), AS_DOCUMENTED if create.status in {200, 202} else HANDLED)
    if again := facts.answers.get("create again"):
        found = {True: "the same job", False: "a new job", None: UNKNOWN}[facts.reuses]
        yield Finding("identical request", "the same job", f"{found}, {_shown(again)}", _if(facts.reuses is True))


def _answers(facts: Facts) -> Iterator[Finding]:
    if poll := facts.answers.get("poll"):
        yield Finding("poll", "HTTP 200", _shown(poll))
    if facts.envelope:
        advice = HANDLED if facts.envelope == "data" else _set("envelope")
        yield Finding("envelope", "none", f"field `{facts.envelope}`", advice)
    for name, spelling in facts.job_fields.items():
        yield Finding(f"field {name}", name, spelling, _set("job_fields"))
    for name, word in facts.statuses.items():
        yield Finding(f"status {name}", name, word, _set("statuses"))


def _progress(facts: Facts) -> Iterator[Finding]:
    for name, problem in facts.problems.items():
        yield Finding(name, "readable", problem, "see docs/dialect.md, job_fields", is_problem=True)
    done = sum(job.is_done for job in facts.jobs)
    if facts.jobs and not done:
        words = ", ".join(sorted({job.status_word or "?" for job in facts.jobs}))
        yield Finding("jobs", "COMPLETED", words, "none is done; probe again later", is_problem=True)
    elif facts.jobs:
        yield Finding(
            "jobs", "minutes", f"{done} of {len(facts.jobs)} done, the first after {facts.job_seconds or 0:.0f} s"
        )
    if download := facts.answers.get("download"):
        yield _download(download)
    if facts.not_asked:
        yield Finding("not asked", "-", ", ".join(facts.not_asked), "no request was left")


def _download(seen: Seen) -> Finding:
    parts = [f"HTTP {seen.status} {seen.media_type}", f"gzip x {seen.layers}" if seen.layers else "not packed"]
    parts += [f"Content-Encoding {seen.coding}"] if seen.coding else []
    parts += [f"{seen.redirects} redirects" + (" to another host" if seen.left_host else "")] if seen.redirects else []
    documented = seen.layers == 1 and not seen.coding and not seen.redirects
    return Finding(
        "download", "gzip", ", ".join(parts), _if(documented) if seen.is_good else "failed", not seen.is_good
    )


def _if(is_documented: bool) -> str:  # noqa: FBT001 - reads as a sentence
    return AS_DOCUMENTED if is_documented else HANDLED


def _lists(facts: Facts, settings: Settings) -> Iterator[Finding]:
    for name, count in (("org trees", facts.trees), ("teams", facts.teams)):
        if seen := facts.answers.get(name):
            found = f"HTTP {seen.status}" + ("" if count is None else f", {count} listed")
            without = 'without it, `--scopes` and `team_ids` ["*"] do not work'
            is_problem = not count and bool(settings.org_tree_ids) and name == "teams"
            yield Finding(name, "HTTP 200, a list", found, AS_DOCUMENTED if count else without, is_problem)
    if seen := facts.answers.get("legacy report"):
        advice = AS_DOCUMENTED if seen.is_good else "`legacy_team_ref_ids` does not work"
        is_problem = not seen.is_good and bool(settings.legacy_team_ref_ids)
        found = f"HTTP {seen.status} {seen.media_type}"
        yield Finding("legacy report", "HTTP 200 text/csv", found, advice, is_problem)
    if seen := facts.answers.get("sprint metrics"):
        is_refused = seen.status == HTTPStatus.BAD_REQUEST
        advice = AS_DOCUMENTED if is_refused else "`sprint_metrics` does not work, or set `paths` in `dialect`"
        yield Finding("sprint metrics", "HTTP 400", _shown(seen), advice, is_problem=not is_refused)


def _files(facts: Facts) -> Iterator[Finding]:
    told: set[tuple[str, ...]] = set()
    for file in facts.files:
        what = f"file by {'week' if file.granularity == 'WEEKLY' else 'month'}"
        if file.problem:
            yield Finding(what, "CSV", file.problem, "send the report", is_problem=True)
            continue
        yield Finding(what, "columns", f"{len(file.names)} columns, {file.rows} rows, of {', '.join(file.groups)}")
        if file.names in told:
            continue
        told.add(file.names)
        yield from _columns(file, {what: header for each in facts.files for what, header in each.guesses.items()})
        yield from _cells(file)
    yield from _weeks(facts)


def _columns(file: FileSeen, guesses: Mapping[str, str]) -> Iterator[Finding]:
    for name in file.names:
        if key := next((key for key, header in file.known.items() if header == name), None):
            yield Finding(f"  {name}", "-", f"known as {key}")
        elif guess := next((what for what, header in guesses.items() if header == name), None):
            part = "key_columns" if guess in KEY_NAMES else "columns"
            yield Finding(f"  {name}", "-", f"seems to be {guess}", f"{_set(part)}, after a look")
        else:
            yield Finding(f"  {name}", "-", "unknown", "kept in `additional_metrics`")
    for name in file.missing:
        if name not in guesses:
            is_key = name in KEY_NAMES
            yield Finding(f"  {name}", "a column", "missing", "name it" if is_key else "null", is_problem=is_key)


def _cells(file: FileSeen) -> Iterator[Finding]:
    if file.null_words:
        yield Finding('  "no data"', "an empty cell", _listed(file.null_words), _if(file.null_words == ("",)))
    if file.new_null_words:
        yield Finding('  "no data"', "a known word", _listed(file.new_null_words), _set("null_words"))
    if file.decimal_mark:
        advice = AS_DOCUMENTED if file.decimal_mark == "." else _set("decimal_mark")
        yield Finding("  decimal mark", ".", file.decimal_mark, advice)
    elif file.is_ambiguous:
        yield Finding("  decimal mark", ".", "cannot be told", _set("decimal_mark"), is_problem=True)
    if file.delimiter != ",":
        yield Finding("  delimiter", ",", repr(file.delimiter), HANDLED)
    if file.labels:
        yield Finding("  labels", "Jan 2026", ", ".join(file.labels[-2:]))


def _listed(words: Sequence[str]) -> str:
    return ", ".join(repr(word) for word in words)


def _weeks(facts: Facts) -> Iterator[Finding]:
    if facts.week_start:
        expected = facts.week_start == Weekday.MONDAY
        advice = AS_DOCUMENTED if expected else _set("week_start")
        yield Finding("first day of a week", "monday", facts.week_start, advice)
    opened = [file.has_open_period for file in facts.files if file.granularity == "MONTHLY"]
    if opened and opened[-1] is not None:
        yield Finding("open period", "a row", "a row" if opened[-1] else "no row")
