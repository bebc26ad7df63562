"""CSV files of SEI into typed records: pure, in one pass, in constant memory."""

from tap_sei_efficiency.decode.blocks import JSON, Block, FileSpec
from tap_sei_efficiency.decode.file import Decoded, read
from tap_sei_efficiency.decode.headers import Header, serving

__all__ = ["JSON", "Block", "Decoded", "FileSpec", "Header", "read", "serving"]
