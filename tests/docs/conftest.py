"""The stand-in and the clock of the tests of a sync."""

from tests.sync.conftest import clock, sei

__all__ = ["clock", "sei"]
