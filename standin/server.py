"""The stand-in as one object: starts with `with`, serves on a free port, and shows the received requests."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Self

from standin.api import Access, Api
from standin.clock import Clock, WallClock
from standin.csvfile import Dialect
from standin.export_endpoints import SIGNATURE, ExportEndpoints
from standin.fault_table import Hook
from standin.faults import Fault, Faults
from standin.handler import Handler
from standin.jobs import Job, Jobs
from standin.messages import RefusalError, Reply, Request, Seen, instant, json_reply
from standin.mischief import instead
from standin.org import Org
from standin.truth import Truth
from standin.variant import Variant
from standin.wire import Wire

if TYPE_CHECKING:
    import ssl

API_KEY = "standin-key"
ORG_IDENTIFIER = "acme"
PROJECT_IDENTIFIER = "dora"


class Standin:
    """A stand-in for SEI; `base_url` is what the tap takes as `api_url`.

    `job_seconds` is how long a job takes once a worker has it, or the shortest and the longest time; `workers` how many
    jobs are PROCESSING at once, by default all. `teams` asks for a larger organization than the built-in one.
    """

    def __init__(  # noqa: PLR0913 - each is a switch of its own, given by name
        self,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        job_seconds: float | tuple[float, float] = 3.0,
        workers: int | None = None,
        dialect: Dialect | None = None,
        week_start: str = "monday",
        teams: int = 0,
        teams_shape: str = "flat",
        api_key: str = API_KEY,
        faults: tuple[Fault, ...] = (),
        variant: Variant | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.clock = clock or WallClock()
        self.org = Org(seed, teams)
        self.truth = Truth(self.org, seed, week_start)
        self.faults = Faults(*faults)
        seconds = job_seconds if isinstance(job_seconds, tuple) else (job_seconds, job_seconds)
        self.jobs = Jobs(self.clock, seed, seconds, workers)
        self.storage_requests: list[Request] = []
        self._variant = variant or Variant()
        self._exports = ExportEndpoints(
            self.jobs, self.truth, self.faults, dialect or Dialect(), ORG_IDENTIFIER, variant=self._variant
        )
        access = Access(api_key, ORG_IDENTIFIER, PROJECT_IDENTIFIER, self._variant)
        self._api = Api(access, self._exports, teams_shape)
        self._wire = Wire((host, port), Handler, self._answer, self.clock, tls)
        self._storage = Wire((host, 0), Handler, self._answer_as_storage, self.clock, tls)
        self.base_url = f"{self._wire.origin}{self._variant.base_path}/"
        self._exports.base_url, self._exports.storage_url = self.base_url, self._storage.origin

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to serve."""
        self._wire.start()
        self._storage.start()

    def stop(self) -> None:
        """Stop everything that is open; no thread and no socket is left."""
        self._wire.stop()
        self._storage.stop()

    @property
    def requests(self) -> list[Seen]:
        """Every request to the API so far."""
        return list(self._api.requests)

    def count(self, endpoint: str) -> int:
        """How many requests went to `create`, `poll`, `download`, `list`, `report` or `teams`."""
        return sum(seen.endpoint == endpoint for seen in self.requests)

    def _answer(self, request: Request) -> Reply:
        if request.path == "/_standin/jobs":
            return json_reply(self._summary())
        if request.path == "/_standin/org":
            return json_reply({"trees": list(map(asdict, self.org.trees)), "teams": self._teams()})
        base = self._variant.base_path
        if not request.path.startswith(f"{base}/"):
            return RefusalError(404, f"Nothing at {request.path}; the API lives below {base}/").reply()
        path = request.path.removeprefix(base)
        return self._api.answer(Request(request.method, path, request.query, request.headers, request.body))

    def _answer_as_storage(self, request: Request) -> Reply:
        self.storage_requests.append(request)
        fault = self.faults.first(Hook.REQUEST, "storage", request.path)
        if fault:
            return instead(fault, request, self.clock.now())
        found = self._exports.stored.get(request.path) if request.query.get("X-Amz-Signature") == SIGNATURE else None
        return found or Reply(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})

    def _teams(self) -> list[dict[str, object]]:
        return [{**asdict(team), "founded": team.founded.isoformat()} for team in self.org.teams]

    def _summary(self) -> dict[str, object]:
        requests = self.requests
        return {
            "jobs": [self._job(job) for job in self.jobs.all],
            "unfinished": self.jobs.unfinished(),
            "maxUnfinished": self.jobs.max_unfinished,
            "requests": {
                endpoint: sum(seen.endpoint == endpoint for seen in requests)
                for endpoint in sorted({seen.endpoint for seen in requests})
            },
        }

    def _job(self, job: Job) -> dict[str, object]:
        return {
            "exportId": job.export_id,
            "status": job.status(self.clock.now()),
            "createdAt": instant(job.created),
            "reused": job.reused,
            "polls": job.polls,
            "downloads": job.downloads,
            "request": job.body,
        }
