"""`python snowflake_emulator.py PORT`: fakesnow, with features that loader and dbt need and fakesnow 0.12.1 lacks.

Run it with the Python of `.venv-fakesnow`. fakesnow itself is unchanged: each statement is rewritten before it.
The gaps of fakesnow:

- It has no stage of the user, `@~`: files go to a stage of the database, and stay there.
- It does not query staged files (`$1`, `SEQ8()`): the MERGE reads them as DuckDB reads files of JSON.
- In QUALIFY it reads the name of a selected column as one of the MERGE's target: QUALIFY moves one query up.
- It knows neither REMOVE nor DROP FILE FORMAT: both do nothing.
- A session of a database has no schema at first: it gets PUBLIC, as Snowflake's sessions do.
- It has two databases for one, and DuckDB writes only one in a transaction: BEGIN does nothing.
- Two MERGEs at the same time use one key for their helper tables: statements run one at a time.
- It has no temporary tables in a schema: dbt's are permanent tables.
- It reads a column in the VALUES of a snapshot's MERGE as one of the target: the source is named.
- It keeps no comments on columns, and fails at an apostrophe in one: comments, of SQL too, are left out.
- It answers its own errors with status 500, which Snowflake's client retries for minutes: they become Snowflake
  errors.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import uvicorn
from fakesnow.server import app
from fakesnow.transforms.stage import LOCAL_BUCKET_PATH

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DATABASE = "ANALYTICS"
STAGE = f"{DATABASE}.PUBLIC.USER_STAGE"

_PUT = re.compile(r"^\s*put\s+(\S+)\s+'@~/([^']*)'", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/|^\s*--[^\n]*$", re.DOTALL | re.MULTILINE)
_NOTHING = re.compile(
    r"^\s*(remove|drop\s+file\s+format|begin|comment\s+on|alter\s+(table|view)\s+\S+\s+alter\b.*\bcomment)\b",
    re.IGNORECASE | re.DOTALL,
)
_DESCRIPTION = re.compile(r"\bCOMMENT \$\$.*?\$\$", re.DOTALL)
_TEMPORARY = re.compile(r"^(\s*create or replace)\s+temporary\s+(?=(table|view)\s+\S+\.\S+\.)", re.IGNORECASE)
_SNAPSHOT = re.compile(r"(merge into\b.*\bDBT_INTERNAL_SOURCE\b.*\bvalues\s*\()([^).]*)\)", re.IGNORECASE | re.DOTALL)
_STAGED = re.compile(
    r"\(select (?P<columns>.*) from '@~/(?P<folder>[^']*)'\(file_format => [^)]*\) (?P<qualify>QUALIFY .*?) = 1\) s ",
    re.DOTALL,
)


def rewritten(sql: str) -> str:
    """The statement in a form that fakesnow accepts."""
    sql = _COMMENT.sub("", sql)
    if put := _PUT.match(sql):
        return f"put {put[1]} @{STAGE}/{put[2]}"
    if _NOTHING.match(sql):
        return "select 'done' as status"
    sql = _TEMPORARY.sub(r"\1 ", _DESCRIPTION.sub("", sql))
    sql = _SNAPSHOT.sub(_from_source, sql)
    return _STAGED.sub(_from_files, sql)


def _from_source(merge: re.Match[str]) -> str:
    return merge[1] + ", ".join(f"DBT_INTERNAL_SOURCE.{column.strip()}" for column in merge[2].split(",")) + ")"


def _from_files(staged: re.Match[str]) -> str:
    files = f"{LOCAL_BUCKET_PATH}/{STAGE.replace('.', '/')}/{staged['folder']}/*"
    columns = staged["columns"].replace("$1:", "staged_value:")
    qualify = staged["qualify"].replace("SEQ8()", "staged_row")
    lines = f"select json as staged_value, row_number() over () as staged_row from read_json_objects('{files}')"  # noqa: S608 - the same
    return f"(select * from (select {columns}, staged_row from ({lines})) {qualify} = 1) s "  # noqa: S608 - the loader's own statement


class Front:
    """Passes requests on, with rewritten statements and errors in Snowflake's form."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path")
        if path == "/session/v1/login-request" and b"schemaName=" not in scope["query_string"]:
            scope = {**scope, "query_string": scope["query_string"] + b"&schemaName=PUBLIC"}
        if path != "/queries/v1/query-request":
            await self.app(scope, receive, send)
            return
        body, headers = b"", dict(scope["headers"])
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message.get("more_body"):
                break
        asked = json.loads(gzip.decompress(body) if headers.pop(b"content-encoding", b"") == b"gzip" else body)
        asked["sqlText"] = rewritten(asked["sqlText"])
        messages = iter([{"type": "http.request", "body": json.dumps(asked).encode()}])

        async def once() -> Message:
            return next(messages, {"type": "http.disconnect"})

        async with self._turn:
            await self.app({**scope, "headers": list(headers.items())}, once, _telling_errors(send))


def _telling_errors(send: Send) -> Send:
    held: list[dict[str, Any]] = []

    async def telling(message: Any) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 500:
            held.append(message)
        elif held:
            told = {"success": False, "code": "000001", "data": {}, "message": message["body"].decode()}
            body = json.dumps(told).encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({**held.pop(), "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        else:
            await send(message)

    return telling


if __name__ == "__main__":
    uvicorn.run(Front(app), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
