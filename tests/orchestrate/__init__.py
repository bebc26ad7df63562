"""The tap on Dagster: the shards of teams, and four shards at once against a stand-in and a real PostgreSQL."""
