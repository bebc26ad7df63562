"""The faults that are switched on, and when they strike."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from standin.fault_table import KINDS, Hook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standin.fault_table import Kind, Parameter

ENDPOINTS = ("any", "create", "poll", "download", "list", "report", "teams", "storage")


class Fault:
    """A fault switched on: of which kind, at which endpoint, for which requests, after and for how many of them.

    A fault of files strikes at exports' downloads unless told otherwise, any other everywhere. `match` is looked for in
    what was asked: the request's path and body, and its job's body. `struck` counts how often the fault has struck.
    """

    def __init__(
        self,
        name: str,
        *,
        endpoint: str = "",
        times: int | None = None,
        after: int = 0,
        match: str = "",
        **parameters: Parameter,
    ) -> None:
        if name not in KINDS:
            msg = f"no fault is named {name!r}; python -m standin --list-faults names them"
            raise ValueError(msg)
        if endpoint not in {"", *ENDPOINTS}:
            msg = f"endpoint is one of {', '.join(ENDPOINTS)}, not {endpoint!r}"
            raise ValueError(msg)
        endpoint = endpoint or ("download" if KINDS[name].hook in {Hook.FILE, Hook.DOWNLOAD} else "any")
        self.name = name
        self.kind = KINDS[name]
        self.endpoint = endpoint
        self.times = None if times is None else _whole("times", times)
        self.after = _whole("after", after)
        self.match = str(match)
        self.parameters = {**self.kind.parameters, **_checked(self.kind, parameters)}
        self.seen = 0
        self.struck = 0

    def number(self, parameter: str) -> float:
        """A parameter that is a number."""
        return float(self.parameters[parameter])

    def text(self, parameter: str) -> str:
        """A parameter as text."""
        return str(self.parameters[parameter])

    @classmethod
    def parse(cls, text: str) -> Fault:
        """The fault that `name:parameter=value,…` on the command line means.

        Raises:
            ValueError: There is none of that name, or it has no such parameter or value.
        """
        name, _, rest = text.partition(":")
        defaults = KINDS[name].parameters if name in KINDS else {}
        values: dict[str, Any] = {}
        for part in filter(None, rest.split(",")):
            key, _, value = part.partition("=")
            values[key] = value if isinstance(defaults.get(key), str) else _value(value)
        return cls(name, **values)


def _value(text: str) -> Parameter:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or value < 0:
        msg = f"{name} is a whole number, not {value!r}"
        raise ValueError(msg)
    return value


def _checked(kind: Kind, parameters: Mapping[str, Parameter]) -> Mapping[str, Parameter]:
    for name, value in parameters.items():
        if name not in kind.parameters:
            msg = f"fault {kind.name} has no parameter {name}"
            raise ValueError(msg)
        if isinstance(kind.parameters[name], str) != isinstance(value, str):
            msg = f"{name} of fault {kind.name} is something like {kind.parameters[name]!r}, not {value!r}"
            raise ValueError(msg)
    return parameters


class Faults:
    """The faults that are switched on. Threads may share it."""

    def __init__(self, *faults: Fault) -> None:
        self._faults = list(faults)
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """Switch `faults` on."""
        with self._lock:
            self._faults.extend(faults)

    def remove(self, name: str) -> None:
        """Switch off every fault of this name."""
        with self._lock:
            self._faults = [fault for fault in self._faults if fault.name != name]

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._faults = []

    def take(self, hook: Hook, endpoint: str, asked: str = "") -> list[Fault]:
        """The faults that strike here and now; they count this as one of their times."""
        with self._lock:
            met = [fault for fault in self._faults if fault.kind.hook is hook and _meets(fault, endpoint, asked)]
            return [fault for fault in met if _strikes(fault)]

    def first(self, hook: Hook, endpoint: str, asked: str = "", name: str = "") -> Fault | None:
        """The first fault that strikes here and now, of this name if one is given; the others do not count this."""
        with self._lock:
            for fault in self._faults:
                is_asked_for = fault.kind.hook is hook and name in {"", fault.name}
                if is_asked_for and _meets(fault, endpoint, asked) and _strikes(fault):
                    return fault
        return None


def _meets(fault: Fault, endpoint: str, asked: str) -> bool:
    return fault.endpoint in {"any", endpoint} and fault.match in asked


def _strikes(fault: Fault) -> bool:
    fault.seen += 1
    is_over = fault.times is not None and fault.struck >= fault.times
    if fault.seen <= fault.after or is_over:
        return False
    fault.struck += 1
    return True
