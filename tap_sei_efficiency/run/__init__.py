"""One run: what to export, which jobs are in flight, what was emitted, what failed."""
