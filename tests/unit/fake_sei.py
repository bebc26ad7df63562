"""An SEI without a network, for tests of the runner: its answers are scripted, and it records the requests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tap_sei_efficiency.model.jobs import Job, JobStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from standin.clock import FakeClock
    from tap_sei_efficiency.model.insights import Insight
    from tap_sei_efficiency.model.requests import ExportRequest

_EPOCH = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class FakeSei:
    """Jobs that take `seconds` each and end as `fate` says: a status, or an error to raise at the poll."""

    clock: FakeClock
    seconds: float = 5.0
    fate: Callable[[ExportRequest, int], JobStatus | Exception] = lambda _request, _number: JobStatus.COMPLETED
    reuse_seconds: float = 0.0
    refuse: Callable[[ExportRequest], Exception | None] = lambda _request: None
    created: list[ExportRequest] = field(default_factory=list)
    polls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    downloads: list[str] = field(default_factory=list)
    most_unfinished: int = 0
    _jobs: dict[str, tuple[ExportRequest, float, int]] = field(default_factory=dict)

    def create(self, request: ExportRequest) -> Job:
        """Create a job, or return an earlier one within `reuse_seconds`."""
        if error := self.refuse(request):
            raise error
        for export_id, (asked, began, _) in self._jobs.items():
            if asked == request and self.clock.monotonic() - began < self.reuse_seconds:
                return Job(export_id, JobStatus.QUEUED, reused=True, created_at=self._instant(began))
        self.created.append(request)
        export_id = f"exp_{len(self.created)}"
        self._jobs[export_id] = (request, self.clock.monotonic(), self.created.count(request))
        self.most_unfinished = max(self.most_unfinished, self.unfinished)
        return Job(export_id, JobStatus.QUEUED, created_at=self._instant(self.clock.monotonic()))

    def status(self, export_id: str, insight: Insight) -> Job:
        """Poll a job."""
        del insight
        self.polls[export_id] += 1
        request, began, number = self._jobs[export_id]
        fate = self.fate(request, number)
        if isinstance(fate, Exception):
            raise fate
        status = fate if self.clock.monotonic() - began >= self.seconds else JobStatus.PROCESSING
        done = self._instant(began + self.seconds) if status is JobStatus.COMPLETED else None
        return Job(
            export_id,
            status,
            status.value,
            self._instant(began),
            done,
            message=f"{export_id} is {status}",
            status_is_known=status is not JobStatus.UNKNOWN,
        )

    def download(self, request: ExportRequest, job: Job, target: Path) -> int:
        """The file of a job: its request as text."""
        self.downloads.append(job.export_id)
        return target.write_bytes(str(request).encode())

    @property
    def unfinished(self) -> int:
        """The number of jobs that are at work."""
        return sum(self.clock.monotonic() - began < self.seconds for _, began, _ in self._jobs.values())

    @staticmethod
    def _instant(seconds: float) -> datetime:
        return _EPOCH + timedelta(seconds=seconds)
