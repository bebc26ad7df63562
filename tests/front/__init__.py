"""The tap against real components in front of SEI: nginx as gateway, and an S3-compatible store for the files."""
