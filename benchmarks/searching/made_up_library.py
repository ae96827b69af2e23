"""A made-up library: its catalogue and matrices, and filters that leave a known part of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.material import made_up_outcomes
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.library.catalogue.records import ModelState
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums
from finder.core.models.spec import InputSpec, ModelSpec
from finder.core.paths import Home

_BATCH = 2_000
_FOLDER = os.path.join(os.sep, "made")
_FIRST_HOUR = np.datetime64("2010-01-01T00")
_ODD = 0x9E3779B97F4A7C15
"""Multiplying by an odd number mixes the 63 bits of a content id, and can be undone."""
_INVERSE = pow(_ODD, -1, 2**63)


@dataclass(frozen=True)
class FilterCase:
    """A filter, and which rows of the made-up library it leaves."""

    name: str
    filter: Filter
    rows: NDArray[np.int64]


def made_up_spec(name: str, dimension: int, mark: str) -> ModelSpec:
    """A model that is never run. mark: a hexadecimal digit, another one for each model."""
    nothing = (0.0, 0.0, 0.0)
    shown = InputSpec("input", "NCHW", 8, 8, "squash", "bicubic", "RGB", nothing, (1.0, 1.0, 1.0))
    return ModelSpec(
        name=name,
        version="1",
        title=name,
        description="made up",
        dimension=dimension,
        licence="none",
        source="none",
        file=Path("nowhere.onnx"),
        sha256=mark * 64,
        input=shown,
        output="embedding",
    )


def make_library(home: Home, specs: Sequence[ModelSpec], pictures: int) -> None:
    """Catalogue and matrix as the writer leaves them, without Milvus: no search opens it."""
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.folders.add(_FOLDER)
            for spec in specs:
                catalogue.models.put(spec)
        states = [model_state(catalogue, spec) for spec in specs]
        for first in range(1, pictures + 1, _BATCH):
            size = min(_BATCH, pictures + 1 - first)
            made = made_up_outcomes(specs, first, size, _FOLDER)
            with catalogue.transaction():
                _put(catalogue, home, states, first, made)


def _put(
    catalogue: Catalogue,
    home: Home,
    states: Sequence[ModelState],
    first: int,
    made: Sequence[FileResult],
) -> None:
    rows = range(first - 1, first - 1 + len(made))
    ids = [content_id(row) for row in rows]
    for picture, outcome in zip(ids, made, strict=True):
        assert outcome.facts is not None
        catalogue.pictures.put(picture, outcome.facts)
        catalogue.files.put(replace(outcome, picture=picture).as_record())
    for state in states:
        vectors = np.stack([outcome.vectors[state.name] for outcome in made])
        MatrixFiles(home.nearest, state).write(first - 1, np.array(ids, dtype=np.int64), vectors)
        noted = zip(ids, rows, checksums(vectors), strict=True)
        catalogue.embeddings.add(state.name, noted)


def map_matrix(home: Home, spec: ModelSpec) -> NDArray[np.float32]:
    with closing(Catalogue(home)) as catalogue:
        state = model_state(catalogue, spec)
    return MatrixFiles(home.nearest, state).map_vectors(state.rows)


def model_state(catalogue: Catalogue, spec: ModelSpec) -> ModelState:
    return catalogue.models.states()[spec.name]


def content_id(row: int) -> int:
    """The content id of a row's picture: all over 63 bits, as those of real files are."""
    return (row + 1) * _ODD % 2**63


def row_of(picture: int) -> int:
    """The row of a content id."""
    return picture * _INVERSE % 2**63 - 1


def sub_folder(picture: int) -> str:
    """Where in the library's folder `made_up_outcomes` has a picture."""
    return f"part-{picture % 10}"


def folder_filter(picture: int) -> Filter:
    """The folder that a picture is in, and with it a tenth of all."""
    return Filter((os.path.join(_FOLDER, sub_folder(picture)),))


def filter_cases(pictures: int) -> list[FilterCase]:
    rows = np.arange(pictures)
    taken = (_FIRST_HOUR + (rows + 1).astype("m8[h]")).astype("M8[D]")

    def dates(name: str, start: str, end: str) -> FilterCase:
        within = (taken >= np.datetime64(start)) & (taken <= np.datetime64(end))
        return FilterCase(name, Filter(taken_from=start, taken_until=end), rows[within])

    return [
        FilterCase("one folder of ten", folder_filter(3), rows[(rows + 1) % 10 == 3]),
        dates("seven months", "2010-06-01", "2010-12-31"),
        dates("three and a half years", "2010-06-01", "2013-12-31"),
    ]
