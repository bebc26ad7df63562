"""The export endpoints: create, poll, download, list."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from standin.checks import check_export
from standin.downloads import pack, send_export
from standin.fates import fate_of
from standin.fault_table import Hook
from standin.files import export_file
from standin.jobs import TERMINAL, Fate, Job, Jobs
from standin.messages import RefusalError, Reply, Request, instant, json_reply, read_json
from standin.metrics import DF_NAMES, GROUPS, SPRINT_GROUPS
from standin.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from standin.csvfile import Dialect
    from standin.faults import Fault, Faults
    from standin.truth import Truth

PATH = "/v2/insights/efficiency/exports"
_SPRINT_PATH = "/v2/insights/{}/exports"
SIGNATURE = "5ignature-of-the-url"
_PERSON = {"createdBy": {"name": "Ada Example", "email": "ada@example.com"}}


@dataclass
class ExportEndpoints:
    """The export jobs over HTTP. `base_url` and `storage_url` are known once the server listens."""

    jobs: Jobs
    truth: Truth
    faults: Faults
    dialect: Dialect
    org_identifier: str
    base_url: str = ""
    storage_url: str = ""
    variant: Variant = field(default_factory=Variant)
    stored: dict[str, Reply] = field(default_factory=dict)

    def routes(self) -> Iterator[tuple[str, str, str, Callable[..., Reply]]]:
        """Method, path and name of each endpoint of both exports, and what answers there."""
        sprint_paths = tuple(map(_SPRINT_PATH.format, self.variant.sprint_words))
        for (create, job, file), sprint in (((PATH, PATH, PATH), False), (sprint_paths, True)):
            yield "POST", create, "create", partial(self.create, sprint=sprint)
            yield "GET", job, "list", partial(self.list, sprint=sprint)
            yield "GET", f"{job}/([^/]+)", "poll", partial(self.poll, sprint=sprint)
            yield "GET", f"{file}/([^/]+)/download", "download", partial(self.download, sprint=sprint)

    def create(self, request: Request, *, sprint: bool = False) -> Reply:
        """202 and a new job, or 200 and the one that an identical request made within the last 30 minutes."""
        body = read_json(request)
        asked = json.dumps(body, ensure_ascii=False)
        struck = self.faults.take(Hook.CHECK, "create", asked)
        checks = {fault.name for fault in struck}
        level = str((body.get("options") or {}).get("metricLevel"))
        names = SPRINT_GROUPS.get(level, SPRINT_GROUPS["team"]).keys() if sprint else _group_names(checks)
        words = self.variant.group_words(set(names) - set(map(_refused, struck)))
        check_export(body, self.truth.org, words, self.org_identifier, self.variant, sprint=sprint)
        body = self.variant.documented(body)
        if "refuse_combination" in checks and len(body["metricGroups"]) > 1:
            raise RefusalError(400, "metricGroups: these metric groups cannot be combined in one export")
        job, is_reused = self.jobs.submit(body, lambda: self._fate(body, asked), reuses=self.variant.reuses)
        fields = {"exportId": job.export_id, "createdAt": instant(job.created), **self._person("create", job)}
        if sprint:
            fields["metadata"] = {"metricGroups": body["metricGroups"], "format": "csv"}
        if is_reused:
            return json_reply({**fields, "message": "An identical export was created within the last 30 minutes"})
        status = self._spelled("QUEUED", "create", job)
        if sprint:  # its documented answer has no status
            return json_reply({**fields, "message": "Export job created"}, 202)
        return json_reply({**fields, "status": status, "message": "Export job created"}, 202)

    def poll(self, _: Request, export_id: str, *, sprint: bool = False) -> Reply:
        """How far a job is."""
        job = self._job(export_id, sprint=sprint)
        self.jobs.count_poll(job)
        young = self._status_fault("unknown_at_first", "poll", job)
        age = (self.jobs.clock.now() - job.created).total_seconds()
        if young and (job.polls <= young.number("polls") or age < young.number("seconds")):
            raise RefusalError(404, f"No export {export_id}")
        self._vanish(job, "vanish_on_poll", "poll")
        return json_reply(self._fields(job))

    def list(self, _: Request, *, sprint: bool = False) -> Reply:
        """Past jobs, newest first (sibling API)."""
        own = (job for job in reversed(self.jobs.all) if job.is_of_sprints == sprint and not job.gone)
        return json_reply({"exports": list(map(self._fields, own))})

    def download(self, _: Request, export_id: str, *, sprint: bool = False) -> Reply:
        """The file of a completed job."""
        job = self._job(export_id, sprint=sprint)
        if job.status(self.jobs.clock.now()) != "COMPLETED":
            raise RefusalError(409, f"Export {export_id} is not completed")
        self.jobs.count_download(job)
        self._vanish(job, "vanish_on_download", "download")
        asked = _asked(job)
        data = self._file(job, self.faults.take(Hook.FILE, "download", asked))
        fault = self.faults.first(Hook.DOWNLOAD, "download", asked)
        if fault is None or fault.name != "redirect_download":
            return send_export(data, job.export_id, fault)
        return Reply(302, b"", {"Location": self._store(job, data, fault)})

    def _store(self, job: Job, data: bytes, fault: Fault) -> str:
        """Put the file into object storage; a signed URL, or one that has expired if `fault` says so."""
        path = f"/sei-exports/{job.export_id}.csv.gz"
        self.stored[path] = send_export(data, job.export_id, None)
        signature = "expired" if fault.struck <= fault.number("expired") else SIGNATURE
        return f"{self.storage_url}{path}?X-Amz-Expires=300&X-Amz-Signature={signature}"

    def asked(self, export_id: str) -> str:
        """What the job with this id was asked for, as text that a fault's `match` is looked for in."""
        job = self.jobs.get(export_id)
        return _asked(job) if job else ""

    def _file(self, job: Job, faults: Sequence[Fault]) -> bytes:
        return export_file(job, self.truth, self.dialect, faults, self.variant.sprint_pick).encode()

    def _job(self, export_id: str, *, sprint: bool) -> Job:
        job = self.jobs.get(export_id)
        if job is None or job.is_of_sprints != sprint:
            raise RefusalError(404, f"No export {export_id}")
        if job.gone:
            raise RefusalError(job.gone, f"Export {export_id} is not there any more")
        return job

    def _fate(self, body: Mapping[str, Any], asked: str) -> Fate:
        return fate_of(body, self.faults.take(Hook.JOB, "create", asked), self.truth.week_start)

    def _vanish(self, job: Job, name: str, endpoint: str) -> None:
        fault = self._status_fault(name, endpoint, job)
        if fault:
            job.gone = int(fault.number("status"))
            raise RefusalError(job.gone, f"Export {job.export_id} is not there any more")

    def _fields(self, job: Job) -> dict[str, Any]:
        status = job.status(self.jobs.clock.now())
        fields: dict[str, Any] = {
            "exportId": job.export_id,
            "status": self._spelled(status, "poll", job),
            "createdAt": instant(job.created),
            **self._person("poll", job),
        }
        if status not in TERMINAL:
            return fields
        fields["completedAt"] = instant(job.finished)
        return {**fields, **(self._location(job) if status == "COMPLETED" else {"message": job.fate.message})}

    def _location(self, job: Job) -> dict[str, Any]:
        if job.is_of_sprints and not self.variant.sprint_urls:
            return {}
        path = _SPRINT_PATH.format(self.variant.sprint_words[2]) if job.is_of_sprints else PATH
        url = f"{path}/{job.export_id}/download"
        if signed := self._status_fault("signed_download_url", "poll", job):
            return {"downloadUrl": self._store(job, self._file(job, []), signed)}
        if self._status_fault("absolute_download_url", "poll", job):
            url = self.base_url.rstrip("/") + url
        if not (job.is_of_sprints or self._status_fault("sibling_download_shape", "poll", job)):
            return {"downloadUrl": url}
        size = len(pack(self._file(job, [])))
        shape = {"url": url, "filename": f"{job.export_id}.csv.gz", "sizeBytes": size}
        return {"download": {**shape, "contentType": "text/csv", "compression": "gzip"}}

    def _spelled(self, status: str, endpoint: str, job: Job) -> str:
        unknown = self._status_fault("unknown_status", endpoint, job)
        if unknown and 0 < job.polls <= unknown.number("polls"):
            status = unknown.text("word")
        is_lower = job.is_of_sprints or self._status_fault("lowercase_status", endpoint, job)
        return status.lower() if is_lower else status

    def _person(self, endpoint: str, job: Job) -> dict[str, Any]:
        return _PERSON if job.is_of_sprints or self._status_fault("created_by", endpoint, job) else {}

    def _status_fault(self, name: str, endpoint: str, job: Job) -> Fault | None:
        return self.faults.first(Hook.STATUS, endpoint, _asked(job), name)


def _asked(job: Job) -> str:
    return f"{job.export_id} {json.dumps(job.body, ensure_ascii=False)}"


def _refused(fault: Fault) -> str:
    return fault.text("group") if fault.name == "refuse_group" else ""


def _group_names(checks: set[str]) -> set[str]:
    names = set(GROUPS)
    if "only_df" in checks:
        names -= {DF_NAMES[0]}
    if checks & {"only_df", "df_too"}:
        names |= {DF_NAMES[1]}
    return names
