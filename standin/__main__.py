"""`python -m standin`: serve until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standin.csvfile import DIALECTS
from standin.deviations import DEVIATIONS, deviation, read_observed
from standin.fault_table import KINDS
from standin.faults import Fault
from standin.periods import WEEKDAYS
from standin.server import API_KEY, ORG_IDENTIFIER, PROJECT_IDENTIFIER, Standin
from standin.trees import SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standin.fault_table import Parameter


def main(arguments: list[str] | None = None) -> int:
    """Serve by the command line; 0 after a signal to stop."""
    options = _parser().parse_args(arguments)
    if options.list_faults:
        sys.stdout.writelines(f"{line}\n" for line in _fault_lines())
        return 0
    # Blocked before any thread starts, so every thread leaves them to the wait below.
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    deviating = dict(options.observed or deviation(options.deviation))
    faults = (*options.fault, *deviating.pop("faults"))
    settings = {"dialect": DIALECTS[options.dialect], "week_start": options.week_start, **deviating}
    try:
        standin = Standin(
            seed=options.seed,
            job_seconds=options.job_seconds,
            workers=options.workers,
            **settings,
            teams=options.teams,
            teams_shape=options.teams_shape,
            api_key=options.api_key,
            faults=faults,
            host=options.host,
            port=options.port,
        )
    except OSError as error:
        sys.stderr.write(f"standin: cannot listen on {options.host} port {options.port}: {error.strerror}\n")
        return 1
    with standin:
        if options.url_file:
            options.url_file.write_text(f"{standin.base_url}\n", encoding="utf-8")
        sys.stdout.write(f"{standin.base_url} (organization {ORG_IDENTIFIER}, project {PROJECT_IDENTIFIER})\n")
        sys.stdout.flush()
        signal.sigwait(signals)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--url-file", type=Path, help="write the base URL here once it can be asked")
    parser.add_argument("--seed", type=int, default=0, help="other figures and ids for another seed")
    parser.add_argument("--job-seconds", type=_seconds, default=(3.0, 3.0), metavar="MIN[-MAX]")
    parser.add_argument("--workers", type=int, help="jobs that are PROCESSING at once; all by default")
    parser.add_argument("--dialect", choices=DIALECTS, default="default", help="how the CSV is written")
    parser.add_argument("--week-start", choices=WEEKDAYS, default="monday", help="first day of a week")
    parser.add_argument("--teams", type=int, default=0, help="at least so many teams")
    parser.add_argument("--teams-shape", choices=SHAPES, default="flat", help="JSON shape of an org tree's teams")
    parser.add_argument("--api-key", default=API_KEY)
    parser.add_argument("--fault", type=_fault, action="append", default=[], metavar="NAME[:PARAMETER=VALUE,...]")
    differing = parser.add_mutually_exclusive_group()
    differing.add_argument(
        "--deviation", choices=DEVIATIONS, default="documented", help="what differs from the documentation"
    )
    differing.add_argument(
        "--observed", type=_observed, metavar="FILE", help="behave as the server in a report of --probe"
    )
    parser.add_argument("--list-faults", action="store_true")
    return parser


def _seconds(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    shortest, longest = float(low), float(high or low)
    if shortest > longest:
        msg = f"{text} is no range"
        raise argparse.ArgumentTypeError(msg)
    return shortest, longest


def _observed(text: str) -> dict[str, Any]:
    try:
        return read_observed(Path(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _fault(text: str) -> Fault:
    try:
        return Fault.parse(text)
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _fault_lines() -> list[str]:
    width = max(map(len, KINDS))
    return [f"{kind.name:{width}}  {kind.description}{_defaults(kind.parameters)}" for kind in KINDS.values()]


def _defaults(parameters: Mapping[str, Parameter]) -> str:
    return f" ({', '.join(f'{name}={value}' for name, value in parameters.items())})" if parameters else ""


if __name__ == "__main__":
    sys.exit(main())
