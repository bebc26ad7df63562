"""Tests of the tap, its stand-in server and its project."""
