"""Tests of the stand-in itself, on which the tap's tests and the demo rely."""
