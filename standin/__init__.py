"""A stand-in for Harness SEI: the documented efficiency API over real HTTP, with figures made from a seed.

It shares no code with the tap, so that each can witness against the other.
"""

from standin.clock import FakeClock, WallClock
from standin.csvfile import DIALECTS, Dialect
from standin.fault_table import KINDS
from standin.faults import Fault
from standin.server import API_KEY, ORG_IDENTIFIER, PROJECT_IDENTIFIER, Standin

__all__ = [
    "API_KEY",
    "DIALECTS",
    "KINDS",
    "ORG_IDENTIFIER",
    "PROJECT_IDENTIFIER",
    "Dialect",
    "FakeClock",
    "Fault",
    "Standin",
    "WallClock",
]
