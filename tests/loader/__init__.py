"""Tests of target-duckdb, the project's loader: in this process if possible, as a command if necessary."""
