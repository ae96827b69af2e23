"""The mark that a writer leaves behind when it has closed a model's records in step.

While it fits, the next writer need not compare catalogue, matrix and Milvus, which takes time for
every picture there is; it looks at names and sizes only. After a crash, or when anybody has touched
the files, it does not fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.vectors.vector_matrix import MatrixFiles

_MANIFEST = "manifest.json"


def stamp_of(state: ModelState, matrix: MatrixFiles, collection: Path) -> str:
    """What the catalogue counts on, and every file's name and size; the manifest's content, too.

    collection: the folder of the model's Milvus collection, while the engine does not run.
    """
    digest = hashlib.blake2b(digest_size=16)
    counted_on = (state.rows, state.removals, state.generation, state.epoch)
    digest.update(repr(counted_on).encode())
    for path, size in _files(matrix, collection):
        digest.update(f"{path.name} {size}\n".encode())
        if path.name == _MANIFEST:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_stamped(catalogue: Catalogue, state: ModelState, mark: str) -> bool:
    return bool(catalogue.settings.get(_key(state)) == mark)


def put_stamp(catalogue: Catalogue, state: ModelState, mark: str) -> None:
    catalogue.settings.put(_key(state), mark)


def remove_stamp(catalogue: Catalogue, state: ModelState) -> None:
    catalogue.settings.remove(_key(state))


def _files(matrix: MatrixFiles, collection: Path) -> Iterator[tuple[Path, int]]:
    paths = [path for path in sorted(collection.rglob("*")) if path.is_file()]
    for path in (matrix.vectors, matrix.ids, *paths):
        yield path, path.stat().st_size if path.exists() else -1


def _key(state: ModelState) -> str:
    return f"in step: {state.key}"
