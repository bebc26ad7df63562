"""The tap sharded by team on Dagster: see docs/orchestration.md."""
