"""What leaves the tap: messages line by line, and BATCH files."""
