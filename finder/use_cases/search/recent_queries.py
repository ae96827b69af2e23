"""The last queries, kept over restarts: a small file each, in a private folder of the library, so
that backups of the catalogue do not have them and clearing them leaves nothing behind."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.search.query.query_spec import BytesSource, QuerySpec, Source
from finder.core.search.query.query_spec_json import spec_as_json, spec_from_json
from finder.core.small_files import read_bytes, write_json
from finder.core.system.permissions import make_private

if TYPE_CHECKING:
    from finder.core.paths import Home

MOST_RECENT = 50
MOST_PASTED_BYTES = 4_000_000
"""A query with more bytes of pasted pictures is not kept."""
MOST_BYTES = 24_000_000
"""Of all files together; the oldest go first."""
_MOST_FILE_BYTES = 8_000_000


@dataclass(frozen=True)
class RecentQuery:
    """thumbnail: a small JPEG of the first picture, to recognise the query by; empty if there is
    none."""

    spec: QuerySpec
    thumbnail: bytes


def subject_of(spec: QuerySpec) -> Source | None:
    """What a query is about: its first picture that matches should resemble, else its words. Two
    queries that differ in the part, the examples or the orientation only count as one, the
    latest."""
    return spec.items[spec.lead].source if spec.lead is not None else None


def recent_queries(home: Home) -> list[RecentQuery]:
    """The newest first. What cannot be read is left out."""
    found = []
    for path in _files(home)[:MOST_RECENT]:
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError):
            kept = json.loads(read_bytes(path, _MOST_FILE_BYTES))
            thumbnail = base64.b64decode(kept["thumbnail"], validate=True)
            found.append(RecentQuery(spec_from_json(kept["query"]), thumbnail))
    return found


def keep_query(home: Home, query: RecentQuery) -> bool:
    """Keep a query as the newest; an older one with the same subject goes. Returns whether it was
    kept: not with very large pasted pictures, nor where nothing can be written."""
    pasted = [i.source.data for i in query.spec.items if isinstance(i.source, BytesSource)]
    subject = subject_of(query.spec)
    if subject is None or sum(map(len, pasted)) > MOST_PASTED_BYTES:
        return False
    digest = hashlib.blake2b(repr(_identity(subject)).encode(errors="surrogateescape"))
    name = digest.hexdigest()[:16]
    value = {
        "query": spec_as_json(query.spec),
        "thumbnail": base64.b64encode(query.thumbnail).decode(),
    }
    try:
        make_private(home.recent)
        before = [path for path in _files(home) if path.stem.endswith(name)]
        write_json(home.recent / f"{time.time_ns():020d}-{name}.json", value)
        for path in before:
            path.unlink(missing_ok=True)
        _drop_oldest(home)
    except OSError:  # the disk is full, or read-only
        return False
    return True


def clear_recent_queries(home: Home) -> None:
    """Forget all of them. Raises OSError."""
    for path in _files(home):
        path.unlink(missing_ok=True)


def _identity(source: Source) -> tuple[str, str]:
    if isinstance(source, BytesSource):
        return "pasted", hashlib.blake2b(source.data).hexdigest()
    return type(source).__name__, str(next(iter(vars(source).values())))


def _files(home: Home) -> list[Path]:
    """The newest first."""
    return sorted(home.recent.glob("*.json"), reverse=True)


def _drop_oldest(home: Home) -> None:
    total = 0
    for number, path in enumerate(_files(home)):
        total += path.stat().st_size
        if number >= MOST_RECENT or total > MOST_BYTES:
            path.unlink(missing_ok=True)
