"""The tap against real components that stand before SEI: nginx as gateway, an S3-compatible store for the files."""
