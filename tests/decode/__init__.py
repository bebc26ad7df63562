"""Tests of the decoder of CSV files."""
