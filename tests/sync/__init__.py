"""The tap against the stand-in, over real HTTP, with one shared clock."""
