"""What `--test` prints: one line for each scope that works. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tap_sei_efficiency.run.task import Task

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tap_sei_efficiency.model.periods import Window
    from tap_sei_efficiency.model.requests import Scope
    from tap_sei_efficiency.model.team_reports import TeamReportRequest
    from tap_sei_efficiency.run.ledger import Emitted


def works(emitted: Mapping[tuple[Task | TeamReportRequest, str], Emitted], failed: Collection[str]) -> Iterator[str]:
    """For each scope that is not among the `failed`: its records, its streams, its newest period."""
    found: dict[Scope, list[tuple[Window, Emitted]]] = defaultdict(list)
    for (source, _), each in emitted.items():
        request = source.request if isinstance(source, Task) else source
        found[request.scope].append((request.window, each))
    for scope, parts in sorted(found.items()):
        if str(scope) in failed:
            continue
        rows = sum(each.rows for _, each in parts)
        newest = max((each.newest for _, each in parts if each.newest), default=None)
        if newest:
            yield f"{scope} works. Newest period: {newest}. Records: {rows}. Streams: {len(parts)}."
        else:
            yield f"{scope} works. It has no row in {parts[0][0]}."
