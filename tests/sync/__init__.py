"""The tap against the stand-in, over real HTTP, on one clock that both share."""
