"""Decoding is the inverse of encoding, for all rows and forms."""

from __future__ import annotations

import io

from hypothesis import given

from tap_sei_efficiency.api.downloads import open_export
from tap_sei_efficiency.decode import read
from tap_sei_efficiency.model.insights import INSIGHTS
from tests.decode.encode import File, files
from tests.decode.files import check_schema, reader_of
from tests.examples import examples


@examples(250)
@given(files(INSIGHTS))
def test_decoding_returns_the_encoded_records(file: File) -> None:
    with open_export(io.BytesIO(file.data), max_bytes=1 << 20) as stream:
        records = list(read(stream, file.spec).records(reader_of(file.spec)))
    assert records == file.records
    check_schema(records, file.spec)
