"""The checks that wait for jobs and read their files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from tap_sei_efficiency.api.job_answers import field_of
from tap_sei_efficiency.model.jobs import JobStatus
from tap_sei_efficiency.model.metrics_table import GROUPS
from tap_sei_efficiency.model.periods import Granularity, Weekday
from tap_sei_efficiency.probe.file_facts import file_facts
from tap_sei_efficiency.probe.jobs import inside, note_job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tap_sei_efficiency.probe.facts import JobSeen
    from tap_sei_efficiency.probe.probing import Probing

_LINK = re.compile(r"(?i)(url|href|link|location)$")
_MOST_ALONE = 2
_JOB_SECONDS = 100.0
_FIRST_POLL, _GROWTH, _LONGEST_POLL = 3.0, 1.6, 20.0


def polls(probing: Probing) -> None:
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
    content = inside(probing, seen)
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


def downloads(probing: Probing) -> None:
    """Download the file of each job that is done, and note what it shows."""
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


def alone(probing: Probing) -> None:
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
        note_job(probing, seen, (group,), Granularity.MONTHLY)
    if unclear:
        polls(probing)
        downloads(probing)
