"""Blocks of records to the files of BATCH messages, directly from columns. Does not use the Singer SDK."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any, Protocol

from tap_sei_efficiency.emit.lines import encode_lines, rows_of
from tap_sei_efficiency.errors import SettingsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from tap_sei_efficiency.decode import Block

_FORMATS = ("jsonl", "parquet")
_COMPRESSIONS = ("gzip", "none")
_DEFAULT_ROWS = 10_000  # as in the SDK
_GZIP_LEVEL = 1  # the files are read once and soon: a higher level costs more time than all else together


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What setting `batch_config` asks for: the format of files, their compression or None, and most rows in one."""

    format: str
    compression: str | None
    rows: int

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> BatchSettings | None:
        """The settings in `config`; None if records are written as messages.

        Raises:
            SettingsError: With one sentence on what cannot be used.
        """
        batch = config.get("batch_config")
        if not batch:
            return None
        encoding, storage, rows = batch.get("encoding") or {}, batch.get("storage") or {}, batch.get("batch_size")
        for complaint in _complaints(encoding, storage, rows):
            raise SettingsError(complaint)
        compression = encoding.get("compression") or "none"
        return cls(encoding["format"], None if compression == "none" else compression, rows or _DEFAULT_ROWS)

    @property
    def suffix(self) -> str:
        """How the names of files end."""
        if self.format == "parquet":
            return ".parquet"
        return ".json.gz" if self.compression else ".json"

    @property
    def encoding(self) -> dict[str, str]:
        """What a BATCH message says of its files."""
        return {"format": self.format} | ({"compression": self.compression} if self.compression else {})


def _complaints(encoding: Mapping[str, Any], storage: Mapping[str, Any], rows: object) -> Iterator[str]:
    for name, value, choices in (
        ("encoding.format", encoding.get("format"), _FORMATS),
        ("encoding.compression", encoding.get("compression") or "none", _COMPRESSIONS),
    ):
        if value not in choices:
            yield f"Setting `batch_config` needs an `{name}`: one of {', '.join(choices)}."
    if not storage.get("root"):
        yield "Setting `batch_config` needs a `storage.root`: the folder or URL that files are written to."
    if rows is not None and (not isinstance(rows, int) or rows < 1):
        yield "Setting `batch_config` cannot be used: `batch_size` must be a number of rows, 1 or more."
    if encoding.get("format") == "parquet" and find_spec("pyarrow") is None:
        yield (
            "Setting `batch_config` asks for Parquet, which needs pyarrow. "
            "Install the tap with its extra: `tap-sei-efficiency[parquet]`."
        )


class Storage(Protocol):
    """Where files go; the SDK's storage target is one."""

    def open(self, filename: str, mode: str = ...) -> AbstractContextManager[IO[Any]]:
        """Open a file."""

    def get_url(self, filename: str) -> str:
        """The address of a file."""


class BlockWriter(Protocol):
    """Writes one file."""

    def write(self, block: Block) -> None:
        """Add the rows of a block."""

    def close(self) -> None:
        """Write what is left; the file stays open."""


class BatchFiles:
    """Writes the rows of a stream with this JSON `schema` into files whose names start with `prefix`.

    A file appears only when it is complete: after an error, a target finds no partial file.
    """

    def __init__(self, settings: BatchSettings, storage: Storage, prefix: str, schema: Mapping[str, Any]) -> None:
        self._settings = settings
        self._storage = storage
        self._name = f"{prefix}{uuid.uuid4()}"
        self._schema = schema
        self._made = 0
        self._file: IO[bytes] | None = None
        self._writer: BlockWriter | None = None
        self._rows = 0

    @property
    def encoding(self) -> Mapping[str, str]:
        """What a BATCH message says of the files."""
        return self._settings.encoding

    def write(self, block: Block) -> Iterator[str]:
        """Add the rows of `block`; the address of each file that is full with that.

        Raises:
            StorageError: A file cannot be written.
        """
        start = 0
        while start < len(block):
            end = min(len(block), start + self._settings.rows - self._rows)
            with _said():
                self._open().write(block.part(start, end))
            self._rows += end - start
            start = end
            if self._rows == self._settings.rows:
                yield from self.end()

    def end(self) -> Iterator[str]:
        """Store the file that is not full; its address, if there is one.

        Raises:
            StorageError: It cannot be written.
        """
        if self._file is None or self._writer is None:
            return
        self._made += 1
        name = f"{self._name}-{self._made}{self._settings.suffix}"
        with _said():
            self._writer.close()
            self._file.seek(0)
            with self._storage.open(name, "wb") as stored:
                shutil.copyfileobj(self._file, stored)
        self.close()
        yield self._storage.get_url(name)

    def close(self) -> None:
        """Drop what is in no file yet."""
        if self._file:
            self._file.close()
        self._file = self._writer = None
        self._rows = 0

    def _open(self) -> BlockWriter:
        if self._writer is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
            self._writer = self._writer_to(self._file)
        return self._writer

    def _writer_to(self, file: IO[bytes]) -> BlockWriter:
        if self._settings.format == "parquet":
            from tap_sei_efficiency.emit.parquet import ParquetWriter  # noqa: PLC0415 - pyarrow is optional, and large

            return ParquetWriter(file, self._schema, self._settings.compression)
        return _LinesWriter(file, self._settings.compression)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"Could not write a BATCH file: {error.strerror}. Check `storage.root` in `batch_config`, and `TMPDIR`."
        raise StorageError(msg) from None


class _LinesWriter:
    """JSON lines, each a record."""

    def __init__(self, file: IO[bytes], compression: str | None) -> None:
        self._file = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_GZIP_LEVEL) if compression else file
        self._is_ours = bool(compression)

    def write(self, block: Block) -> None:
        """Add the rows of a block."""
        self._file.write(encode_lines(rows_of(block.columns)))

    def close(self) -> None:
        """Write what is left; the file stays open."""
        if self._is_ours:
            self._file.close()
