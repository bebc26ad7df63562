"""Fuzzes the decoder: any bytes must give valid records or one of the tap's own errors."""
