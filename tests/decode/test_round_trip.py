"""Decoding undoes encoding: whatever was written in whatever way is what comes out."""

from __future__ import annotations

import io

from hypothesis import given

from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.decode import read
from tests.decode.encode import File, files
from tests.decode.files import check_schema, reader_of
from tests.examples import examples


@examples(250)
@given(files())
def test_what_was_encoded_is_decoded(file: File) -> None:
    with open_export(io.BytesIO(file.data), max_bytes=1 << 20) as stream:
        records = list(read(stream, file.spec).records(reader_of(file.spec)))
    assert records == file.records
    check_schema(records, file.spec)
