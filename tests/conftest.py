"""What every test shares."""

from importlib.util import find_spec

# duckdb 1.2.2, which target-duckdb needs, has no build for Python 3.14: there the tap is tested, not its warehouses.
collect_ignore = [] if find_spec("duckdb") else ["demo", "meltano", "report", "transform", "project/test_bootstrap.py"]
