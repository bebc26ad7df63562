"""Functions that Dagster's command line does not have; run with Dagster's Python.

`finished JOB COUNT SECONDS` waits until COUNT runs of JOB have ended, and prints them as a JSON list, each with its
log; `cancel JOB` cancels those that have not ended.
"""

from __future__ import annotations

import json
import sys
import time

from dagster import DagsterInstance, EventLogEntry, RunRecord, RunsFilter

_LOOK_SECONDS = 0.5


def main(command: str, job: str, count: str = "", seconds: str = "") -> int:
    """Run the command; returns 1 if the time is over first."""
    with DagsterInstance.get() as instance:
        if command == "finished":
            return finished(instance, job, int(count), float(seconds))
        for run in instance.get_runs(RunsFilter(job_name=job)):
            if not run.is_finished:
                instance.report_run_canceling(run)
                instance.run_launcher.terminate(run.run_id)
    return 0


def finished(instance: DagsterInstance, job: str, count: int, seconds: float) -> int:
    """Wait for the runs and print them."""
    deadline = time.monotonic() + seconds
    records: list[RunRecord] = []
    while time.monotonic() < deadline:
        records = instance.get_run_records(RunsFilter(job_name=job))
        ended = [record for record in records if record.dagster_run.is_finished]
        if len(ended) >= count:
            json.dump([_told(instance, record) for record in ended], sys.stdout)
            return 0
        time.sleep(_LOOK_SECONDS)
    told = [(record.dagster_run.run_id, record.dagster_run.status.value) for record in records]
    sys.stderr.write(f"{job}: not {count} runs have ended, but {told}\n")
    return 1


def _told(instance: DagsterInstance, record: RunRecord) -> dict[str, object]:
    run = record.dagster_run
    events = list(instance.all_logs(run.run_id))
    return {
        "partition": run.tags.get("dagster/partition", ""),
        "status": run.status.value,
        "retries": sum(
            entry.is_dagster_event and entry.dagster_event_type.value == "STEP_RESTARTED" for entry in events
        ),
        "log": "\n".join(entry.user_message + str(_error(entry)) for entry in events),
    }


def _error(entry: EventLogEntry) -> object:
    """Why a step failed or will be retried; empty for any other event."""
    data = entry.dagster_event.event_specific_data if entry.is_dagster_event else None
    return getattr(data, "error", None) or ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
