"""The ways that records take out of the tap, held against the plain one."""
