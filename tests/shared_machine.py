"""A machine of a library that several machines share on a real Milvus server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from making import Vectors, run_index

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState, PictureRecord
from finder.core.library.check.full_check import check
from finder.core.library.server.mirror import Pulled
from finder.core.library.server.sending import SendProgress
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_store import ServerStore
from finder.core.library.server.store_settings import read_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library.index_folders import forget_folder
from finder.use_cases.library.move_library import use_server
from finder.use_cases.library.vector_store import synchronise


class Machine:
    """name: also that of its folder of pictures."""

    def __init__(
        self, root: Path, name: str, specs: Sequence[ModelSpec], extractors: ExtractorPool
    ) -> None:
        self.name, self.specs, self.extractors = name, specs, extractors
        self.home, self.folder = Home(root / name / "home"), root / name / "pictures"
        self.folder.mkdir(parents=True)

    def add(self, *files: Path) -> None:
        for file in files:
            shutil.copy2(file, self.folder / file.name)

    def index(self) -> int:
        """Returns how many files were new."""
        return run_index(self.home, [self.folder], self.specs, self.extractors).counts.new

    def begin(self) -> None:
        """An empty library."""
        with LibraryWriter(self.home):
            pass

    def use(self, address: ServerAddress) -> list[SendProgress]:
        return list(use_server(self.home, address, "a test", self.name))

    def sync(self) -> Pulled:
        return synchronise(self.home, "a test")

    def forget(self) -> None:
        forget_folder(self.home, str(self.folder), "a test")

    def names(self) -> set[str]:
        """Of the files in its catalogue, those of other machines as "MACHINE:NAME"."""
        with closing(Catalogue(self.home)) as catalogue:
            rows = catalogue.connection.execute("SELECT path FROM file").fetchall()
        return {_short(path.decode()) for (path,) in rows}

    def pictures(self) -> dict[int, PictureRecord]:
        with closing(Catalogue(self.home)) as catalogue:
            ids = [i for (i,) in catalogue.connection.execute("SELECT id FROM picture")]
            return catalogue.pictures.get(ids)

    def state(self, spec: ModelSpec) -> ModelState:
        with closing(Catalogue(self.home)) as catalogue:
            return catalogue.models.states()[spec.name]

    def on_server(self, spec: ModelSpec) -> dict[int, Vectors]:
        """Every vector that the model has on the server."""
        state = self.state(spec)
        with closing(ServerStore(ServerLibrary(read_store_settings(self.home)))) as store:
            ids, vectors = store.fetch(state, store.ids(state).tolist())
        return dict(zip(ids.tolist(), vectors, strict=True))

    def places(self) -> dict[str, tuple[int, int, int]]:
        """Its places on the server."""
        settings = read_store_settings(self.home)
        with closing(ServerLibrary(settings)) as library:
            return {
                entry.path: (entry.size, entry.mtime_ns, entry.picture)
                for entry in library.places.entries(settings.machine)
            }


def _short(path: str) -> str:
    machine, _, _ = path.partition(":") if not path.startswith("/") else ("", "", "")
    name = path.rpartition("/")[2]
    return f"{machine}:{name}" if machine else name


MakeMachine = Callable[[str], Machine]


@pytest.fixture
def address(milvus_uri: str, library_name: str) -> ServerAddress:
    return parse(milvus_uri, library=library_name)


@pytest.fixture
def machine(tmp_path: Path, hash_spec: ModelSpec, extractors: ExtractorPool) -> MakeMachine:
    return lambda name: Machine(tmp_path, name, [hash_spec], extractors)


@pytest.fixture
def birds(samples: Path) -> list[Path]:
    return sorted((samples / "birds").glob("*.jpg"))


def assert_right(one: Machine) -> None:
    """Catalogue, matrix, thumbnails and server agree."""
    *_, last = check(one.home, one.specs, [], False)
    assert [finding.sentence for finding in last.findings] == []
