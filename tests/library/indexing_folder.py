"""Six pictures to be indexed, and helpers for tests of indexing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import pytest
from making import copied, run_index

from finder.core.errors import Reason
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.progress import Progress
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import content_id

Run = Callable[..., Progress]
"""(*folders, specs=…) → the last progress of a run; without folders, over the six pictures."""


def six_pictures(folder: Path, samples: Path) -> Path:
    copied(sorted((samples / "birds").iterdir())[:4], folder / "birds")
    copied(sorted((samples / "fish").iterdir())[:2], folder / "fish")
    return folder


def indexing_of(home: Home, folder: Path, spec: ModelSpec, extractors: ExtractorPool) -> Run:
    """Indexes into the home: this folder with this model, unless others are given."""

    def run(*folders: Path, specs: Sequence[ModelSpec] = (spec,)) -> Progress:
        return run_index(home, folders or [folder], specs, extractors)

    return run


def pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def ids(paths: Sequence[Path]) -> set[int]:
    return {content_id(path.read_bytes()) for path in paths}


def forbid(monkeypatch: pytest.MonkeyPatch, where: Any, name: str) -> None:
    def fail(*args: object, **named: object) -> NoReturn:
        raise AssertionError(f"{name} was called")

    monkeypatch.setattr(where, name, fail)


def reasons(home: Home) -> dict[str, Reason | None]:
    with closing(Catalogue(home)) as catalogue:
        return {Path(file.path).name: file.reason for file in catalogue.files.skipped()}
