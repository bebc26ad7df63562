"""Tests of the pure rooms, and of the runner against a client without a network."""
