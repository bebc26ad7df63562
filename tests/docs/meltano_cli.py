"""`python -m tests.docs.meltano_cli`: reads a JSON list of argument lists, prints Meltano's error for each, or null.

Meltano's own command line parses them without running anything. This is a separate process, because the import of
Meltano takes seconds and configures logging.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from meltano.cli.cli import cli


def complaint(arguments: list[str]) -> str | None:
    """What is wrong with `meltano ARGUMENTS`, or None."""
    try:
        _parse(cli, "meltano", arguments, None)
    except click.ClickException as error:
        return error.format_message()
    return None


def _parse(command: click.Command, name: str, arguments: list[str], parent: click.Context | None) -> None:
    # The parser checks for a project, whose plugins a run would install.
    context = command.make_context(name, list(arguments), parent=parent, obj={"project": None})
    if isinstance(command, click.Group):
        rest: list[Any] = [*context._protected_args, *context.args]  # noqa: SLF001 - click keeps a group's rest there
        found, subcommand, rest = command.resolve_command(context, rest)
        if subcommand is not None:
            _parse(subcommand, found or "", rest, context)


if __name__ == "__main__":
    json.dump([complaint(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
