"""The folders of Milvus Lite, and what they reveal while the engine is not running.

Nothing here imports pymilvus, which takes a second, before the store is opened.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.vectors.milvus_lite import MilvusLiteStore
    from finder.core.paths import Home

_MANIFEST = "manifest.json"


class MilvusLiteBackend:
    """A database of Milvus Lite in the library's folder."""

    is_shared = False
    keeps_matrix = True

    def __init__(self, home: Home) -> None:
        self._home = home

    def preload(self) -> None:
        import finder.core.library.vectors.milvus_lite  # noqa: F401

    def exists(self) -> bool:
        return self._home.vectors.exists()

    def open(self) -> MilvusLiteStore:
        from finder.core.library.vectors.milvus_lite import MilvusLiteStore

        return MilvusLiteStore(self._home)

    def open_or_recreate(self, suspects: Iterable[ModelState] = ()) -> MilvusLiteStore:
        try:
            return self._open_and_try(suspects)
        except FinderError:
            if not self.exists():
                raise
            return self._recreate()

    def _open_and_try(self, suspects: Iterable[ModelState]) -> MilvusLiteStore:
        store = self.open()
        for model in suspects:
            store.count(model)
        return store

    def _recreate(self) -> MilvusLiteStore:
        database, damaged = self._home.vectors, self._home.damaged_vectors
        shutil.rmtree(damaged, ignore_errors=True)
        database.rename(damaged)
        try:
            store = self.open()
        except FinderError:  # the files were not the cause: put them back
            shutil.rmtree(database, ignore_errors=True)
            damaged.rename(database)
            raise
        store.is_recreated = True
        return store

    def remove_damaged(self) -> None:
        shutil.rmtree(self._home.damaged_vectors, ignore_errors=True)

    def stamp(self, model: ModelState) -> str:
        """Every file's name and size; the content of the manifest, too, which lists the files."""
        digest = hashlib.blake2b(digest_size=16)
        for path in sorted(self._folder_of(model).rglob("*")):
            if path.is_file():
                digest.update(f"{path.name} {path.stat().st_size}\n".encode())
                if path.name == _MANIFEST:
                    digest.update(path.read_bytes())
        return digest.hexdigest()

    def close(self) -> None:
        pass

    def disk_bytes(self, model: ModelState) -> int:
        total = 0
        for path in self._folder_of(model).rglob("*"):
            with suppress(OSError):  # a file that the running writer has just deleted
                total += path.stat().st_size if path.is_file() else 0
        return total

    def _folder_of(self, model: ModelState) -> Path:
        return self._home.vectors / "collections" / collection_name(model)


def collection_name(model: ModelState) -> str:
    """The model's collection (letters, digits, _): it is different for every model's key."""
    return "m_" + "".join(c if c.isalnum() else f"_{ord(c):x}_" for c in model.key)
