"""The stand-in and its clock, from the tests of a sync."""

from tests.sync.conftest import clock, sei

__all__ = ["clock", "sei"]
