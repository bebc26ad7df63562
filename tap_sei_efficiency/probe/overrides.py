"""From facts to the parts of a dialect that differ. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.probe.findings import KEY_NAMES, way_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_sei_efficiency.probe.facts import Facts
    from tap_sei_efficiency.settings import Settings


@dataclass(frozen=True, slots=True)
class Override:
    """An entry of a dialect that differs; without those that are needed a sync fails or misses figures."""

    part: str
    value: Any
    needed: bool = True


def overrides(facts: Facts, settings: Settings) -> list[Override]:
    """What the dialect of `settings` has to say otherwise."""
    return [*_overrides_of_requests(facts, settings), *_overrides_of_files(facts, settings)]


def dialect_to_paste(found: Sequence[Override], given: Mapping[str, Any]) -> dict[str, Any]:
    """The setting `dialect`: `given` with what was found."""
    merged = dict(given)
    for override in found:
        before, value = merged.get(override.part), override.value
        merged[override.part] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def _overrides_of_requests(facts: Facts, settings: Settings) -> Iterator[Override]:
    answered = not any(finding.is_problem for finding in way_in(facts, settings))
    if answered and facts.base_path.rstrip("/") != facts.configured_path.rstrip("/"):
        yield Override("base_path", facts.base_path)
    if answered and facts.auth and dict(facts.auth) != dict(settings.dialect.auth):
        yield Override("auth", dict(facts.auth))
    for group, word in facts.groups.items():
        yield Override("groups", {group: [word]}, needed=word not in settings.dialect.groups[group])
    if facts.combines is False:
        yield Override("combine_groups", value=False, needed=False)
    if facts.granularities:
        yield Override("granularities", dict(facts.granularities))
    if facts.aggregations:
        yield Override("aggregations", dict(facts.aggregations))
    if facts.envelope and facts.envelope not in {"data", settings.dialect.envelope}:
        yield Override("envelope", facts.envelope)
    for part, words in (("job_fields", facts.job_fields), ("statuses", facts.statuses)):
        for name, word in words.items():
            yield Override(part, {name: [word]}, needed=name != "PROCESSING")


def _overrides_of_files(facts: Facts, settings: Settings) -> Iterator[Override]:
    keys: dict[str, list[str]] = defaultdict(list)
    columns: dict[str, str] = {}
    nulls: list[str] = []
    for file in facts.files:
        for what, header in file.guesses.items():
            if what in KEY_NAMES:
                keys[what] += [header] if header not in keys[what] else []
            else:
                columns[header] = what
        nulls += [word for word in file.new_null_words if word not in nulls]
    if keys:
        yield Override(
            "key_columns", dict(keys), needed=any(key in {"Team", "Team_Hierarchy", "Start_Date"} for key in keys)
        )
    if columns:
        yield Override("columns", columns)
    if nulls:
        yield Override("null_words", nulls)
    marks = {file.decimal_mark for file in facts.files if file.decimal_mark}
    if marks == {","} and settings.dialect.decimal_mark != ",":
        yield Override("decimal_mark", ",")
    if facts.week_start and facts.week_start != settings.week_start:
        yield Override("week_start", facts.week_start)
