"""A Singer loader for DuckDB: messages from stdin, rows into one file, STATE to stdout once its rows are committed."""
