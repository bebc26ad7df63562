"""Singer tap for Harness SEI 2.0 efficiency (DORA) metrics."""
