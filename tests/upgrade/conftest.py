"""The stand-in and the clock of the runs that wrote the fixtures."""

from tests.sync.conftest import clock, sei

__all__ = ["clock", "sei"]
