"""Writes what is made from the code: meltano.yml's settings, the Hub definition and the README's tables."""
