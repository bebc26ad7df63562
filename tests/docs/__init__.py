"""The documentation, held against the code and against the programs that it speaks of."""
