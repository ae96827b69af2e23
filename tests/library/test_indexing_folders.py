"""Indexing folders: inside one another, away, unreadable, and with odd names."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from indexing_folder import Run, indexing_of, pictures, reasons, six_pictures
from making import assert_in_step

from finder.core.errors import FinderError, Reason
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.index_run import require_folder
from finder.core.library.indexing.progress import Counts
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    return six_pictures(tmp_path / "pictures", samples)


@pytest.fixture
def run(home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool) -> Run:
    return indexing_of(home, folder, small_spec, extractors)


def test_a_folder_inside_a_folder_is_scanned_once(run: Run, home: Home, folder: Path) -> None:
    assert run(folder, folder / "birds").counts == Counts(new=6)
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.folders.paths() == [str(folder), str(folder / "birds")]
    assert run(folder / "birds", folder).counts == Counts(unchanged=6)


def test_a_folder_that_is_away_keeps_its_pictures(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec, tmp_path: Path
) -> None:
    run()
    folder.rename(tmp_path / "unplugged")
    last = run()
    assert last.offline == (str(folder),)
    assert last.counts == Counts()
    assert len(assert_in_step(home, small_spec.name)) == 6
    (tmp_path / "unplugged").rename(folder)
    assert run().counts == Counts(unchanged=6)


def test_a_subfolder_that_cannot_be_read_keeps_its_pictures(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if os.fsdecode(path) == str(folder / "birds"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refusing)
        assert run().counts == Counts(unchanged=2, skipped=1)
    assert reasons(home) == {"birds": Reason.NO_PERMISSION}
    assert len(assert_in_step(home, small_spec.name)) == 6
    assert run().counts.unchanged == 6
    assert reasons(home) == {}, "the folder can be read again"


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(FinderError, match="no folder"):
            require_folder(str(path))
    assert require_folder(f"{tmp_path}/x/..") == str(tmp_path)


@pytest.mark.parametrize("name", ["new\nline", "not text \udcff", "100%_'\""], ids=ascii)
def test_odd_names_are_indexed(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec, name: str
) -> None:
    (folder / "birds").rename(folder / name)
    (path, *_) = pictures(folder / name)
    path.rename(path.with_name(f"{name}.jpg"))
    assert run().counts == Counts(new=6)
    assert run().counts == Counts(unchanged=6)
    assert len(assert_in_step(home, small_spec.name)) == 6
