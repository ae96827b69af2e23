"""A drive that is mounted somewhere inside a folder of the library, and unplugged later."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from making import copied, in_catalogue, run_index

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.progress import Counts
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.system.mounts import mounted_inside


class Drive:
    """A separate file system, mounted on a folder."""

    def __init__(self, point: Path) -> None:
        self.point = point
        point.mkdir(parents=True)

    def plug(self, store: Path) -> None:
        _as_root("mount", "--bind", str(store), str(self.point))

    def unplug(self) -> None:
        _as_root("umount", str(self.point))


def _as_root(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{words[0]} is not allowed here: {done.stderr.strip()}")


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Drive]:
    drive = Drive(tmp_path / "pictures" / "a drive\\here")
    yield drive
    subprocess.run(["umount", str(drive.point)], capture_output=True, check=False)


def test_its_pictures_are_kept_until_it_is_back(
    home: Home,
    tmp_path: Path,
    samples: Path,
    drive: Drive,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    folder = tmp_path / "pictures"
    birds = sorted((samples / "birds").iterdir())
    copied(birds[:2], folder)
    store = copied(birds[2:5], tmp_path / "store")[0].parent
    drive.plug(store)
    assert mounted_inside(str(folder)) == [str(drive.point)]
    assert run_index(home, [folder], [small_spec], extractors).counts.new == 5

    drive.unplug()
    (folder / birds[0].name).unlink()
    last = run_index(home, [folder], [small_spec], extractors)
    assert last.counts == Counts(unchanged=1, removed=1), "only what was on the drive is kept"
    assert last.offline == (str(drive.point),)
    assert len(in_catalogue(home, small_spec.name)) == 4

    (store / birds[4].name).unlink()
    drive.plug(store)
    last = run_index(home, [folder], [small_spec], extractors)
    assert (last.counts, last.offline) == (Counts(unchanged=3, removed=1), ())


def test_a_missing_folder_that_is_no_drive_is_removed(
    home: Home, tmp_path: Path, samples: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    folder = tmp_path / "pictures"
    birds = sorted((samples / "birds").iterdir())
    copied(birds[:1], folder)
    for path in copied(birds[1:3], folder / "sub"):
        run_index(home, [folder], [small_spec], extractors)
        path.unlink()
    assert run_index(home, [folder], [small_spec], extractors).counts.removed == 1
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.pictures.count() == 1
