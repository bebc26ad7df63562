"""Writes what is made from the code: settings in meltano.yml, the Hub definition and the tables of docs/."""
