"""Tests of the probe and its report."""
