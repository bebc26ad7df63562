"""Writes the generated files: settings in meltano.yml, the Hub definition and the tables of docs/."""
