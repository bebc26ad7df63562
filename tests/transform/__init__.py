"""Tests of the dbt project: real loaders, real dbt, on DuckDB and on PostgreSQL."""
