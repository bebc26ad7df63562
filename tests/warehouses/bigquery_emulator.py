"""`python bigquery_emulator.py PORT`: bqemulator, with features that loader and dbt need and bqemulator 1.4.0 lacks.

Run it with the Python of `.venv-bqemulator`. The gaps of bqemulator:

- At its start it downloads extensions of DuckDB for types that are not used here. Here it starts without them.
- It does not unpack gzip in an uploaded load job.
- It reads an apostrophe in a comment as the start of a string: comments are left out.
- It takes the types of CREATE TABLE ... AS from the columns only if the query has no brackets; dbt's has.
- It passes `UPDATE SET target.column` of a MERGE on to DuckDB, which accepts no qualified name there.

`/token` replaces Google's token server; the service account's file of the tests names it.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path
from typing import Any

from bqemulator import server
from bqemulator.api.routes import upload
from bqemulator.cli import main
from bqemulator.sql.rewriter import create_table_schema_ctas
from bqemulator.sql.translator import SQLTranslator
from bqemulator.storage.engine import DuckDBEngine

_QUALIFIED = re.compile(r"((?:UPDATE SET|,) )target\.(`[^`]+`)(?= = )")
_COMMENT = re.compile(r"/\*.*?\*/|^\s*--[^\n]*$", re.DOTALL | re.MULTILINE)

_run_load = upload._run_load  # noqa: SLF001 - there is no other way in
_translate = SQLTranslator.translate
_first_select = create_table_schema_ctas._first_select  # noqa: SLF001 - the same
_create_app = server.create_app


async def _run_unpacked(*, media_path: str, **rest: Any) -> Any:
    file = Path(media_path)
    if (data := file.read_bytes()).startswith(b"\x1f\x8b"):  # noqa: ASYNC240 - one client
        file.write_bytes(gzip.decompress(data))  # noqa: ASYNC240 - the same
    return await _run_load(media_path=media_path, **rest)


def _translate_plain(self: Any, sql: str, **rest: Any) -> Any:
    sql = _COMMENT.sub("", sql)
    return _translate(self, _QUALIFIED.sub(r"\1\2", sql) if "MERGE" in sql else sql, **rest)


def _first_in_brackets(body: Any) -> Any:
    return _first_select(body and body.unnest())


def _create_with_tokens(context: Any) -> Any:
    app = _create_app(context)
    app.add_api_route(
        "/token", lambda: {"access_token": "local", "expires_in": 3600, "token_type": "Bearer"}, methods=["POST"]
    )
    return app


DuckDBEngine._load_spatial = DuckDBEngine._load_format_extensions = lambda _: None  # noqa: SLF001 - the same
upload._run_load = _run_unpacked  # noqa: SLF001 - the same
create_table_schema_ctas._first_select = _first_in_brackets  # noqa: SLF001 - the same
SQLTranslator.translate = _translate_plain
server.create_app = _create_with_tokens

if __name__ == "__main__":
    main(["start", "--rest-port", sys.argv[1], "--grpc-port", "0", "--ephemeral", "--log-level", "warning"])
