"""The picture of the dbt marts: one HTML file that needs no server and asks for nothing. Not part of the package."""
