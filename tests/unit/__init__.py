"""Tests of the pure packages, and of the runner against a client without a network."""
