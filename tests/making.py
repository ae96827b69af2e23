"""Libraries made by hand: tiny models and random vectors, through the real writer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Progress
from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import InputSpec, ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import PictureFacts
from finder.core.pictures.scan import FoundFile, UnreadablePath, walk
from finder.workers.worker_pools import worker_pool

Vectors = NDArray[np.float32]
FACTS = PictureFacts(640, 480, "JPEG", None, 1)
_INPUT = InputSpec(
    "input", "NCHW", 8, 8, "squash", "bicubic", "RGB", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
)


def tiny_spec(name: str = "tiny", dimension: int = 8, mark: str = "a") -> ModelSpec:
    """A model that is never run. mark: a hexadecimal digit; another digit is another model file."""
    return ModelSpec(
        name=name,
        version="1",
        title=name.title(),
        description="Nothing.",
        dimension=dimension,
        licence="none",
        source="none",
        file=Path("nowhere.onnx"),
        sha256=mark * 64,
        input=_INPUT,
        output="embedding",
    )


def tiny_state(name: str = "tiny", dimension: int = 8, generation: int = 0) -> ModelState:
    return ModelState(name, "1", "a" * 64, dimension, 0, generation, 0)


def unit_vectors(random: np.random.Generator, number: int, dimension: int) -> Vectors:
    """float32 [number, dimension], each of length 1."""
    vectors = random.normal(size=(number, dimension))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def outcome(picture: int, vectors: Mapping[str, Vectors], path: str = "") -> FileResult:
    """What a worker would return for a new picture."""
    file = FoundFile(path or f"/pictures/{picture}.jpg", 1_000, 1_700_000_000 * 10**9)
    return FileResult(file, picture, FACTS, dict(vectors))


def outcomes(pictures: Iterable[int], vectors: Mapping[str, Vectors]) -> list[FileResult]:
    """New pictures; the i-th has row i of every model's vectors."""
    return [
        outcome(picture, {name: rows[i] for name, rows in vectors.items()})
        for i, picture in enumerate(pictures)
    ]


def fill(
    home: Home, specs: Sequence[ModelSpec], pictures: Sequence[int], vectors: Mapping[str, Vectors]
) -> None:
    """Put pictures with these vectors into the library, as one batch."""
    with LibraryWriter(home) as writer:
        writer.register_models(specs)
        writer.write(outcomes(pictures, vectors))


def run_index(
    home: Home, folders: Sequence[Path], specs: Sequence[ModelSpec], extractors: ExtractorPool
) -> Progress:
    """A whole indexing run with real workers. Returns its last progress."""
    with LibraryWriter(home) as writer, worker_pool() as executors:
        *_, last = index(writer, list(map(str, folders)), specs, extractors, executors)
    return last


def copied(sources: Iterable[Path], folder: Path) -> list[Path]:
    """Copies of the pictures in the folder, with their times."""
    folder.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copy2(source, folder / source.name)) for source in sources]


def in_catalogue(home: Home, model: str) -> set[int]:
    """The content ids that the model has embedded, as the catalogue has it."""
    with closing(Catalogue(home)) as catalogue:
        return set(catalogue.embeddings.rows(model)[:, 0].tolist())


def matrix_vectors(home: Home, model: str) -> dict[int, Vectors]:
    """Every embedded picture's vector in the fast-search matrix; each fits its checksum."""
    with closing(Catalogue(home)) as catalogue:
        embeddings = catalogue.embeddings.rows(model)
        files = MatrixFiles(home.nearest, catalogue.models.states()[model])
    assert files.agrees(embeddings)
    if not len(embeddings):
        return {}
    rows = files.map_vectors(int(embeddings[:, 1].max()) + 1)[embeddings[:, 1]]
    assert checksums(rows) == embeddings[:, 2].tolist()
    return dict(zip(embeddings[:, 0].tolist(), np.array(rows), strict=True))


def milvus_vectors(home: Home, model: str) -> dict[int, Vectors]:
    """Every vector in Milvus by content id. The library must not be open for writing."""
    return _milvus_vectors(home, [model])[model]


def _milvus_vectors(home: Home, models: Sequence[str]) -> dict[str, dict[int, Vectors]]:
    with closing(Catalogue(home)) as catalogue:
        states = catalogue.models.states()
    with closing(MilvusLiteStore(home)) as store:
        return {model: _stored(store, states[model]) for model in models}


def _stored(store: MilvusLiteStore, state: ModelState) -> dict[int, Vectors]:
    ids = store.ids(state).tolist()
    assert store.count(state) == len(ids) == len(set(ids))
    found, vectors = store.fetch(state, ids)
    return dict(zip(found.tolist(), vectors, strict=True))


def assert_in_step(home: Home, model: str) -> dict[int, Vectors]:
    """Catalogue, matrix and Milvus have the same pictures with the same vectors: these."""
    return assert_all_in_step(home, [model])[model]


def assert_all_in_step(home: Home, models: Sequence[str]) -> dict[str, dict[int, Vectors]]:
    """`assert_in_step` of several models: Milvus is opened once."""
    matrices = {model: matrix_vectors(home, model) for model in models}
    for model, milvus in _milvus_vectors(home, models).items():
        matrix = matrices[model]
        assert matrix.keys() == milvus.keys() == in_catalogue(home, model)
        for picture, vector in matrix.items():
            np.testing.assert_array_equal(vector, milvus[picture])
    return matrices


def as_bytes(vectors: Mapping[int, Vectors]) -> dict[int, bytes]:
    """Vectors that can be compared to the bit."""
    return {picture: vector.tobytes() for picture, vector in vectors.items()}


def scan(folder: str) -> Iterator[FoundFile | UnreadablePath]:
    """`walk`, one file after the other."""
    for found in walk(folder):
        if isinstance(found, UnreadablePath):
            yield found
        else:
            yield from (FoundFile(os.fsdecode(path), *facts) for path, *facts in found)
