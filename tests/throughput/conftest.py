"""The stand-in and its clock, as the tests of syncs have them."""

from tests.sync.conftest import clock, sei

__all__ = ["clock", "sei"]
