"""End to end: `meltano run` from the stand-in into real warehouses, whose tables are read back."""
