"""Numbers that look random and are a pure function of a seed and a name."""

from __future__ import annotations

import struct
from hashlib import blake2b

_UNPACK = struct.Struct("<8I").unpack


def uniforms(*key: object) -> tuple[float, ...]:
    """Eight numbers from 0 to 1, 1 excluded, that hang on nothing but `key`."""
    digest = blake2b("|".join(map(str, key)).encode(), digest_size=32).digest()
    return tuple(number / 2**32 for number in _UNPACK(digest))


def between(low: float, high: float, uniform: float) -> float:
    """`uniform` stretched to the range from `low` to `high`."""
    return low + (high - low) * uniform


def token(length: int, *key: object) -> str:
    """`length` hexadecimal digits, 64 at most, that hang on nothing but `key`."""
    return blake2b("|".join(map(str, key)).encode(), digest_size=32).hexdigest()[:length]
