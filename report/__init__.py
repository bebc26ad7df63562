"""The HTML report of the dbt marts: one file that needs no server and no network. Not part of the package."""
