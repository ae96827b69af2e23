"""A picture's id: what it is, wherever it lies and whatever it is called."""

from __future__ import annotations

import hashlib

from finder.core.pictures.mapped import Bytes


def content_id(data: Bytes) -> int:
    """63 bits of BLAKE2b (RFC 7693) over the file's bytes, as a non-negative integer.

    63, not 64, because both SQLite's and Milvus' keys are signed 64-bit integers.
    """
    digest = hashlib.blake2b(data, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
