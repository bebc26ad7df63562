"""Fuzzing of the decoder: raw bytes in, clean records or the tap's own errors out."""
