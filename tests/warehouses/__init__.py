"""Snowflake and BigQuery: `meltano run` with the real loaders into emulators on this machine; tables are read back."""
