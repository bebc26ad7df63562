"""The checks that create jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.api.job_answers import field_of
from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.model.periods import Granularity
from tap_sei_efficiency.probe.facts import JobSeen, Seen

if TYPE_CHECKING:
    from tap_sei_efficiency.probe.probing import Probing

_BAD_REQUEST = 400
_ANY_ID = re.compile(r"(?i)id$")


def groups(probing: Probing) -> None:
    """All groups in one export; if refused, each in a separate one, `lttc` by week."""
    facts = probing.facts
    seen = probing.create("create an export of all groups", tuple(GROUPS), probing.months)
    facts.answers["create"] = seen
    if seen.status != _BAD_REQUEST:
        facts.combines = True if seen.is_good else None
        note_job(probing, seen, tuple(GROUPS), Granularity.MONTHLY)
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
            note_job(probing, answer, (group,), Granularity.WEEKLY if weekly else Granularity.MONTHLY)
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


def note_job(probing: Probing, seen: Seen, groups: tuple[str, ...], granularity: Granularity) -> None:
    """Note the job that an answer to a create request names."""
    facts = probing.facts
    if not seen.is_good:
        return
    content = inside(probing, seen)
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


def inside(probing: Probing, seen: Seen) -> Any:  # noqa: ANN401 - a JSON value
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


def reuse(probing: Probing) -> None:
    """Whether SEI returns the same job for the same request."""
    facts = probing.facts
    if not facts.jobs:
        return
    first = facts.jobs[0]
    weekly = first.granularity == Granularity.WEEKLY
    days = probing.weeks if weekly else probing.months
    seen = probing.create("create the same export again", first.groups, days, weekly=weekly)
    facts.answers["create again"] = seen
    content = inside(probing, seen)
    found = field_of(content, probing.dialect.job_fields["exportId"]) if isinstance(content, dict) else None
    facts.reuses = str(found) == first.export_id if found else None


def weekly(probing: Probing) -> None:
    """An export by week, unless there is one."""
    facts = probing.facts
    if not facts.jobs or any(job.granularity == Granularity.WEEKLY for job in facts.jobs):
        return
    seen = probing.create("create an export by week", facts.jobs[0].groups, probing.weeks, weekly=True)
    facts.answers["create by week"] = seen
    note_job(probing, seen, facts.jobs[0].groups, Granularity.WEEKLY)
