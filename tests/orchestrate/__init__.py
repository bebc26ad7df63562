"""The tap on Dagster: how teams become shards, and four shards at once against a stand-in and a real PostgreSQL."""
