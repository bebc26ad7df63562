"""`make demo`: from a stand-in for SEI into DuckDB, twice, and a look at what came of it."""
