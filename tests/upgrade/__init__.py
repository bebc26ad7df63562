"""What an earlier version wrote, every later one must read."""
