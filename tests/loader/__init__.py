"""Tests of target-duckdb, the project's loader: in this process where that suffices, as a command where it matters."""
