"""Tests of what a CSV file means."""
