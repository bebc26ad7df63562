"""The type of a column, and which schemas are refused."""

from __future__ import annotations

from typing import Any

import pytest

from target_duckdb_sei.columns import columns_of, sql_type
from target_duckdb_sei.errors import LoaderError


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "VARCHAR"),
        ({"type": ["null", "integer"]}, "BIGINT"),
        ({"type": ["integer", "number"]}, "DOUBLE"),
        ({"type": "boolean"}, "BOOLEAN"),
        ({"type": ["string", "null"], "format": "date"}, "DATE"),
        ({"type": "string", "format": "date-time"}, "TIMESTAMP"),
        ({"type": "string", "format": "uuid"}, "VARCHAR"),
        ({"type": ["array", "null"]}, "JSON"),
        ({"type": "object"}, "JSON"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "TIMESTAMP"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "DOUBLE"),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "string"}]}, "VARCHAR"),
        ({"type": ["string", "integer"]}, "JSON"),
        ({"type": "null"}, "JSON"),
        ({}, "JSON"),
        (True, "JSON"),
    ],
)
def test_type_can_store_every_value_of_the_schema(schema: Any, expected: str) -> None:
    assert sql_type(schema) == expected


@pytest.mark.parametrize(
    ("schema", "keys", "said"),
    [
        ({}, [], "The SCHEMA of stream `s` has no properties"),
        ({"properties": {"a": {"type": "string"}}}, ["b"], "has no property `b`, which its key_properties name"),
        ({"properties": {"a": {}, "A": {}}}, [], "cannot distinguish the columns `a`, `A`"),
        (
            {"properties": {"a": {"type": "object"}}},
            ["a"],
            "key column `a` must be text, a number, a date or a boolean",
        ),
        ({"properties": {'a"b': {}}}, [], "cannot name a column"),
        ({"properties": {"": {}}}, [], "'' cannot name a column"),
    ],
)
def test_schema_without_a_table_is_refused(schema: dict[str, Any], keys: list[str], said: str) -> None:
    with pytest.raises(LoaderError, match=said):
        columns_of("s", schema, keys)
