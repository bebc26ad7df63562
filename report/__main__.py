"""`python -m report`: write the report of a warehouse."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from report.data import build
from report.page import page
from report.warehouse import ReportError, read

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report; returns 1 if there is nothing to report."""
    given = _parser().parse_args(arguments)
    wanted = {
        "org_identifier": given.org,
        "project_identifier": given.project,
        "granularity": given.granularity,
        "aggregation": given.aggregation,
    }
    try:
        text = page(build(read(given.warehouse, given.schema), wanted, given.team))
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, encoding="utf-8")
    except (ReportError, OSError) as error:
        sys.stderr.write(f"report: {error}\n")
        return 1
    sys.stdout.write(f"Report: {given.out}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m report",
        description="Write one HTML file from the dbt marts.",
        epilog="You can set each option as REPORT_... in the environment. Set a URL with a password only there.",
    )
    _add(parser, "warehouse", required=True, help="DuckDB file or PostgreSQL URL")
    _add(parser, "out", required=True, type=Path, help="HTML file to write")
    _add(parser, "team", metavar="PATH", help="team to start from, such as Engineering/Payments")
    _add(parser, "schema", help="schema of the marts, if more than one has them")
    _add(parser, "granularity", choices=["WEEKLY", "MONTHLY", "QUARTERLY"])
    _add(parser, "aggregation", choices=["mean", "median", "p90", "p95"])
    _add(parser, "org", metavar="IDENTIFIER", help="Harness organization")
    _add(parser, "project", metavar="IDENTIFIER", help="Harness project")
    return parser


def _add(parser: argparse.ArgumentParser, name: str, *, required: bool = False, **options: Any) -> None:  # noqa: ANN401 - argparse's own
    default = os.environ.get(f"REPORT_{name.upper()}") or None
    parser.add_argument(f"--{name}", default=default, required=required and default is None, **options)


if __name__ == "__main__":
    sys.exit(main())
