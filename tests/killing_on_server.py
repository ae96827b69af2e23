"""The crash harness for a library on a Milvus server, which another machine shares."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import numpy as np
from crash_points import Scene
from crash_scenes import Scenes
from forking import ForkedProcesses
from killing import CrashedLibrary
from making import Vectors, matrix_vectors
from milvus_server import connected
from shared_machine import Machine

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.server.server_address import parse
from finder.core.library.server.store_settings import read_store_settings
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import content_id
from finder.use_cases.library.move_library import use_server

_OTHERS = 3


class SharedScenes(Scenes):
    """Scenes of a library on a server; `share` puts it there."""

    other: Machine
    uri = ""
    library = ""

    def share(self, uri: str, library: str, other: Machine) -> None:
        self.uri, self.library, self.other = uri, library, other
        address = parse(uri, library=library)
        for _ in use_server(self.home, address, "a test", "killed"):
            pass
        self._add_elsewhere(_OTHERS)
        other.index()
        other.use(address)

    def set(self, scene: Scene) -> Home:
        if scene is Scene.OTHERS:
            for path in self._dice.sample(sorted(self.other.folder.iterdir()), 2):
                path.unlink()
            self._add_elsewhere(2)
            self.other.index()
            return self.home
        home = super().set(scene)
        if scene is Scene.DROPPED:
            with connected(self.uri) as client:
                for name in client.list_collections():
                    if name.startswith(self.library):
                        client.drop_collection(name)
        return home

    def _add_elsewhere(self, number: int) -> None:
        for _ in range(number):
            (self.other.folder / f"{self._made + 1:05}.jpg").write_bytes(self._content())


class CrashedSharedLibrary(CrashedLibrary):
    """Killed rounds of a library on a server. library: its name there, which nobody else has."""

    _scenes: SharedScenes

    def __init__(
        self,
        folder: Path,
        forked: ForkedProcesses,
        spec: ModelSpec,
        extractors: ExtractorPool,
        dice: random.Random,
        uri: str,
        library: str,
    ) -> None:
        super().__init__(folder, forked, spec, extractors, dice)
        self._scenes.share(uri, library, Machine(folder, "other", [spec], extractors))

    def _made_scenes(self, folder: Path, model: str, dice: random.Random) -> SharedScenes:
        return SharedScenes(folder, model, dice)

    @property
    def _killed_machine(self) -> Machine:
        """The machine whose library is killed, to look at what is on the server."""
        machine = Machine.__new__(Machine)
        machine.home, machine.folder = self._scenes.home, self._scenes.pictures
        return machine

    def _in_step(self, home: Home) -> dict[int, Vectors]:
        matrix = matrix_vectors(home, self._spec.name)
        server = self._killed_machine.on_server(self._spec)
        assert matrix.keys() == server.keys(), "matrix and server have other pictures"
        for picture, vector in matrix.items():
            np.testing.assert_array_equal(vector, server[picture])
        return matrix

    def _elsewhere(self) -> dict[str, int]:
        files = self._scenes.other.folder.iterdir()
        return {str(path): content_id(path.read_bytes()) for path in files}

    def _pictures_elsewhere(self) -> set[int]:
        return set(self._elsewhere().values())

    def _look_at_more(self, home: Home, expected: dict[str, int]) -> list[str]:
        wrong = []
        places = {path: entry[2] for path, entry in self._killed_machine.places().items()}
        if places != expected:
            wrong.append(f"places differ: {sorted(places.items() ^ expected.items())[:6]}")
        with closing(Catalogue(home)) as catalogue:
            rows = catalogue.connection.execute("SELECT CAST(path AS TEXT), picture FROM file")
            theirs = {
                path.removeprefix("other:"): picture
                for path, picture in rows
                if path.startswith("other:")
            }
            if left := catalogue.unpublished.count():
                wrong.append(f"{left} files are not published")
            if catalogue.embeddings.tombstones():
                wrong.append("there are tombstones left")
        if theirs != self._elsewhere():
            wrong.append("the other machine's files differ")
        if not read_store_settings(home).is_server:
            wrong.append("the library is not on the server any more")
        return wrong
