"""The files of an offered model: where they are downloaded, and how they are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.web.remote_file import RemoteFile

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class TextFiles:
    """What an offered model needs to understand words. tower: its file, used as it is; None where
    the picture tower's file has both towers."""

    tower: RemoteFile | None
    tokenizer: RemoteFile


def offered_file(table: Mapping[str, Any], title: str) -> RemoteFile:
    """A file of the catalogue, with its size in bytes, or the most that it may have. Raises
    KeyError, ValueError."""
    sha256 = str(table["sha256"])
    if not _SHA256.fullmatch(sha256):
        raise ValueError(tr("sha256 must be 64 hexadecimal digits"))
    size = _bytes(table, "bytes") if "bytes" in table else None
    return RemoteFile(title, _urls(table), sha256, size, size or _bytes(table, "at_most"))


def offered_text(
    table: Mapping[str, Any], picture_file: RemoteFile
) -> tuple[TextFiles, dict[str, Any]]:
    """The files of `[model.text]`, and `[text]` of the model's `model.toml`. Raises KeyError,
    ValueError."""
    title = picture_file.title
    tower = offered_file(table["file"], title) if "file" in table else None
    files = TextFiles(tower, offered_file(table["tokenizer"], title))
    manifest = {
        **table,
        "file": "text.onnx",
        "sha256": (tower or picture_file).sha256,
        "tokenizer": "tokenizer.json",
        "tokenizer_sha256": files.tokenizer.sha256,
    }
    return files, manifest


def total_size(files: Iterable[RemoteFile]) -> int:
    """Bytes of all files together, at most."""
    return sum(file.size or file.max_size for file in files)


def _bytes(table: Mapping[str, Any], key: str) -> int:
    value = table[key]
    if type(value) is not int or not 1 <= value <= MAX_BYTES:
        raise ValueError(
            tr("{key} must be a whole number from 1 to {n}").format(key=key, n=MAX_BYTES)
        )
    return value


def _urls(table: Mapping[str, Any]) -> tuple[str, ...]:
    urls = tuple(table["urls"])
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(tr("{url} is not a web address").format(url=url))
    if not urls:
        raise ValueError(tr("{key} is missing").format(key="urls"))
    return urls
