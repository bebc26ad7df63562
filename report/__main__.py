"""`python -m report`: write the report of a warehouse."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from report.build import build
from report.page import page
from report.warehouse import ReportError, read

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report; 1 where there is none to write."""
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
    parser = argparse.ArgumentParser(prog="python -m report", description="Write one HTML file from the dbt marts.")
    parser.add_argument("--warehouse", required=True, help="DuckDB file or PostgreSQL URL")
    parser.add_argument("--out", required=True, type=Path, help="HTML file to write")
    parser.add_argument("--team", metavar="PATH", help="team to start from, such as Engineering/Payments")
    parser.add_argument("--schema", help="schema of the marts, where more than one has them")
    parser.add_argument("--granularity", choices=["WEEKLY", "MONTHLY", "QUARTERLY"])
    parser.add_argument("--aggregation", choices=["mean", "median", "p90", "p95"])
    parser.add_argument("--org", metavar="IDENTIFIER", help="Harness organization")
    parser.add_argument("--project", metavar="IDENTIFIER", help="Harness project")
    return parser


if __name__ == "__main__":
    sys.exit(main())
