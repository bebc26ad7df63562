"""The probe: announces its requests, sends them, and prints its findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tap_sei_efficiency.errors import BadDownloadError, RefusedError, RunFailedError, SettingsError, UnreachableError
from tap_sei_efficiency.probe.checks import CHECKS
from tap_sei_efficiency.probe.findings import findings, is_let_in, table
from tap_sei_efficiency.probe.overrides import dialect_to_paste, overrides
from tap_sei_efficiency.probe.probing import Probing
from tap_sei_efficiency.probe.report import probe_report
from tap_sei_efficiency.probe.wire import MOST_REQUESTS, SpentError, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.probe.facts import Facts
    from tap_sei_efficiency.settings import Settings


def announcement() -> str:
    """The announcement of the probe's requests."""
    width = max(len(check.name) for check in CHECKS)
    lines = [f"  {check.name:{width}}  {check.requests:>6}  {check.asks}" for check in CHECKS]
    head = f"The probe makes at most {MOST_REQUESTS} requests. It creates two export jobs, or a few more if necessary."
    return "\n".join([head, *lines])


def probe(settings: Settings, clock: Clock, today: date) -> Facts:
    """Probe the SEI of `settings`.

    Raises:
        SettingsError: The settings name no scope of a V2 export.
        UnreachableError: Nothing answers.
    """
    scopes = [*settings.team_scopes, *settings.org_tree_scopes]
    if not scopes:
        msg = "`--probe` needs a scope to export. Set `team_ids` or `org_tree_names`; `--scopes` lists their values."
        raise SettingsError(msg)
    wire = Wire(settings, clock)
    ref = next(iter(settings.legacy_team_ref_ids), None)
    probing = Probing(wire, scopes[0], ref, next(iter(settings.org_tree_ids), None), today)
    try:
        for check in CHECKS:
            if check is not CHECKS[0] and not _is_in(probing):
                break
            try:
                check.run(probing)
            except SpentError:
                probing.facts.not_asked.append(check.name)
            except UnreachableError as error:
                if check is CHECKS[0]:
                    raise
                probing.facts.problems[check.name] = str(error)
            except (RefusedError, BadDownloadError) as error:
                probing.facts.problems[check.name] = str(error)
    finally:
        wire.close()
    return probing.facts


def _is_in(probing: Probing) -> bool:
    seen = probing.facts.answers["unknown group"]
    return is_let_in(seen)


def tell(facts: Facts, settings: Settings, given: Mapping[str, Any], echo: Callable[[str], None]) -> bool:
    """Print the findings and the dialect to paste; whether a sync works with the settings as they are."""
    rows = findings(facts, settings)
    found = overrides(facts, settings)
    echo(table(rows).replace(settings.api_key, "***"))
    if found:
        echo("\nTo paste into the config:")
        echo(json.dumps({"dialect": dialect_to_paste(found, given)}))
    works = not any(row.is_problem for row in rows) and not any(override.needed for override in found)
    echo(f"\nA sync with these settings {'works' if works else 'does not work yet'}.")
    return works


def observed(facts: Facts, settings: Settings) -> str:
    """The report to send: the structure of what was seen, as JSON."""
    return json.dumps(probe_report(facts, settings), indent=2, ensure_ascii=False) + "\n"


def run_probe(
    settings: Settings,
    given: Mapping[str, Any],
    clock: Clock,
    today: date,
    file: Path,
    echo: Callable[[str], None],
) -> None:
    """Announce, probe, print, and write the report to `file`; `given` is the dialect of the config.

    Raises:
        RunFailedError: A sync would not work with these settings.
        SettingsError: There is no scope to ask for, or the report cannot be written.
        UnreachableError: Nothing answers.
    """
    echo(f"{announcement()}\n")
    facts = probe(settings, clock, today)
    works = tell(facts, settings, given, echo)
    try:
        file.write_text(observed(facts, settings), encoding="utf-8")
    except OSError as error:
        msg = f"Could not write the report {file}: {error.strerror}."
        raise SettingsError(msg) from None
    echo(f"{file} contains the structure of SEI's answers, without names and figures. Attach it to an issue.")
    if not works:
        msg = "SEI differs from the settings. Set what the table names, and probe again."
        raise RunFailedError([msg])
