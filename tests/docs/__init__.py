"""The documentation, compared with the code and with the programs that it describes."""
