"""`make demo`: two loads from a stand-in for SEI into DuckDB, and a look at the result."""
