"""Tests of the stand-in itself: what the tap's tests and the demo rely on."""
