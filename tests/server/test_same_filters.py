"""One filter, one answer: of a mirror, whose catalogue is asked, and of the server without one.

The machine “here” shares a library with “nas-2” and “win”, some of whose folders are mapped to
folders here. In the filters of this module {mount}, {attic}, {films} and {own} stand for folders
here.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import pytest
from made_up_places import HOSTILE
from making import tiny_spec, unit_vectors
from milvus_server import drop_library
from stored_pictures import NOON, StoredPicture

from finder.core.errors import NothingPassesError
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.server.server_address import ServerAddress, parse
from finder.core.library.server.store_settings import read_store_settings, write_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.paths import Home
from finder.core.search import candidate_search
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.searcher import Searcher
from finder.core.search.server_searcher import ServerSearcher
from finder.use_cases.library.move_library import set_mirror, use_server
from finder.use_cases.library.vector_store import synchronise
from finder.use_cases.search.library_search import open_searcher

SPEC = tiny_spec("a", 16)
HERE, NAS, WIN = "here", "nas-2", "win"
PLACES: dict[str, list[str]] = {
    "own": ["{own}/sea.jpg"],
    "unplugged": ["/unplugged/sun.jpg"],
    "fake": ["{own}/nas-2:/mnt/photos/fake.jpg"],
    "both": ["{own}/both.jpg", "nas-2:/home/both.jpg"],
    "copied": ["/unplugged/copied.jpg", "nas-2:/mnt/photos/Copied too.jpg"],
    "mapped": ["nas-2:/mnt/photos/2024/Sea.jpg"],
    "twin": ["nas-2:/mnt/photos2/twin.jpg"],
    "old": ["nas-2:/mnt/photos/old/old.jpg"],
    "far": ["nas-2:/home/far.jpg"],
    "away": ["nas-2:/srv/away.jpg"],
    "film": ["win:C:\\Films\\Trip\\film.jpg"],
    "films": ["win:C:\\Films2\\films.jpg"],
    "unc": ["win:\\\\srv\\Share\\unc.jpg"],
    **{f"hostile {n}": [f"nas-2:/mnt/photos/{name}/h.jpg"] for n, name in enumerate(HOSTILE)},
}
HOSTILES = {label for label in PLACES if label.startswith("hostile")}
MOUNTED = {"copied", "mapped", *HOSTILES}
OF_NAS = {"both", "copied", "mapped", "twin", "old", "far", "away", *HOSTILES}
IS_HERE = {"own", "fake", "both", "copied", "mapped", "old", "film", *HOSTILES}


@dataclass
class Library:
    """folders: what stands for them, and what they are. mirror, server: the same library."""

    folders: dict[str, str]
    ids: dict[str, int]
    mirror: Searcher
    server: ServerSearcher

    def filled(self, text: str) -> str:
        for name, folder in self.folders.items():
            text = text.replace(f"{{{name}}}", folder)
        return text

    def labels(self, result: Result) -> set[str]:
        labels = {picture: label for label, picture in self.ids.items()}
        return {labels[match.picture.id] for match in result.combined}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, milvus_uri: str) -> Iterator[Library]:
    base, name = tmp_path_factory.mktemp("filters"), f"t{secrets.token_hex(4)}"
    folders = {one: str(base / one) for one in ("own", "mount", "attic", "films", "gone")}
    for one in ("own", "mount", "attic", "films"):
        (base / one / "something").mkdir(parents=True)
    address = parse(milvus_uri, library=name)
    homes = {machine: Home(base / f"home-{machine}") for machine in (NAS, WIN, HERE)}
    ids = {label: number for number, label in enumerate(PLACES)}
    try:
        for machine, home in homes.items():
            _store(home, machine, address, folders)
        here = homes[HERE]
        synchronise(here, "a test")
        mappings = {
            "nas-2:/mnt/photos": folders["mount"],
            "nas-2:/mnt/photos/old": folders["attic"],
            "nas-2:/srv": folders["gone"],
            "win:C:/Films": folders["films"],
        }
        settings = replace(read_store_settings(here), mappings=mappings)
        write_store_settings(here, settings)
        extractors, without = ExtractorPool(), Home(base / "home-without")
        shutil.copytree(here.root, without.root)
        set_mirror(without, False, "a test")
        server = ServerSearcher(without, read_store_settings(without), extractors)
        with closing(open_searcher(here, extractors)) as mirror, closing(server):
            yield Library(folders, ids, mirror, server)
    finally:
        drop_library(milvus_uri, name)


def _store(home: Home, machine: str, address: ServerAddress, folders: dict[str, str]) -> None:
    """What the machine has, here and on the server."""
    outcomes = []
    for number, places in enumerate(PLACES.values()):
        paths = [place.format(**folders) if "{own}" in place else place for place in places]
        own = [path for path in paths if _machine(path) == machine]
        if own:
            vector = unit_vectors(np.random.default_rng(number), 1, SPEC.dimension)[0]
            paths = [path.removeprefix(f"{machine}:") for path in own]
            taken = None if number % 2 else "2024-03-01 12:00:00"
            seconds = NOON + 86_400 * (HERE, NAS, WIN).index(machine)
            outcomes += StoredPicture(number, paths, taken, seconds, {"a": vector}).outcomes()
    with LibraryWriter(home) as writer:
        writer.register_models([SPEC])
        with writer.catalogue.transaction():
            for folder in (folders["own"], "/unplugged") if machine == HERE else ():
                writer.catalogue.folders.add(folder)
        writer.write(outcomes)
    for _ in use_server(home, address, "a test", machine):
        pass


def _machine(path: str) -> str:
    return HERE if path.startswith("/") else path.partition(":")[0]


def _asked(searcher: Searcher | ServerSearcher, filter: Filter, top: int = 200) -> Result | None:
    """None: nothing passes."""
    query = Query((QueryItem("query", b""),))
    query.items[0].set_vector(SPEC, unit_vectors(np.random.default_rng(7), 1, SPEC.dimension)[0])
    try:
        return searcher.search(query, [SPEC], top, Metric.EUCLIDEAN, filter)
    except NothingPassesError:
        return None


def passing(library: Library, filter: Filter) -> set[str]:
    """The pictures that pass, which are the same with and without a mirror, and shown alike."""
    mirror, server = (_asked(one, filter) for one in (library.mirror, library.server))
    assert (mirror is None) == (server is None)
    if mirror is None or server is None:
        return set()
    assert [m.picture for m in server.combined] == [m.picture for m in mirror.combined]
    assert server.notes == ()
    return library.labels(mirror)


CASES: list[tuple[str, set[str]]] = [
    # Folders here, and what is mapped into them
    ("folder:{own}", {"own", "fake", "both"}),
    ("folder:here:{own}", {"own", "fake", "both"}),
    ("folder:here:", {"own", "unplugged", "fake", "both", "copied"}),
    ("folder:{mount}", MOUNTED),
    ("folder:{mount}/2024/", {"mapped"}),
    ("folder:{mount}/old", set()),
    ("folder:{attic}", {"old"}),
    ("folder:{mount} -folder:{mount}/2024", MOUNTED - {"mapped"}),
    ("-folder:/", {"far", "twin", "films", "unc", "both"}),
    ("-folder:{mount} -folder:{own}", {*PLACES} - MOUNTED - {"own", "fake"} | {"copied"}),
    # Folders of other machines
    ("folder:nas-2:/mnt/photos", {*MOUNTED, "old"}),
    ("folder:nas-2:/mnt/photos -folder:{attic}", MOUNTED),
    ("folder:nas-2:/mnt/photo", set()),
    ("folder:nas-2:/home", {"far", "both"}),
    ("folder:nas-2:", OF_NAS),
    ("-folder:nas-2:/", {*PLACES} - OF_NAS | {"both", "copied"}),
    ("folder:nas-20:/mnt", set()),
    ("folder:/mnt/photos", set()),
    # Windows' separators
    (r"folder:'win:C:\Films'", {"film"}),
    ("folder:win:C:/Films", {"film"}),
    (r"folder:'win:C:\Films\Trip\'", {"film"}),
    ("folder:win:C:/", {"film", "films"}),
    ("folder:{films}", {"film"}),
    ("folder:{films}/Trip", {"film"}),
    ("folder:{films}/Tri", set()),
    (r"folder:'win:\\srv\Share'", {"unc"}),
    ("folder:win:", {"film", "films", "unc"}),
    # Names and paths
    ("name:sea", {"own", "mapped"}),
    ("name:film", {"film", "films"}),
    ("name:trip", set()),
    ("name:c:", set()),
    ("path:films/trip", {"film"}),
    (r"path:'FILMS\trip'", {"film"}),
    ("path:win:", {"film", "films", "unc"}),
    ("path:nas-2:/mnt/photos/", {*MOUNTED, "old", "fake"}),
    ("path:NAS-2:/home name:both", {"both"}),
    ("folder:{own} path:nas-2", {"fake"}),
    ("name:'copied too' folder:/unplugged", set()),
    ("name:%", set()),
    ("name:_", set()),
    # What can be opened here
    ("available:here", IS_HERE),
    ("available:elsewhere", {*PLACES} - IS_HERE),
    ("available:here folder:nas-2:", IS_HERE & OF_NAS - {"both"}),
    ("available:elsewhere folder:{gone}", {"away"}),
    ("available:here folder:/unplugged", set()),
    ("available:here name:copied", {"copied"}),
    ("available:elsewhere folder:/", {"unplugged", "away"}),
    # With what is said of pictures
    ("taken:2024-03 folder:nas-2:/home", {"far"}),
    ("taken:2024-01 folder:nas-2:/home", {"both"}),
    ("changed:2024-01-17 size:1000 width>=640 folder:{films}", {"film"}),
    ("orientation:portrait folder:{mount}", set()),
    ("", set(PLACES)),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_a_filter_finds_the_same_in_a_mirror_and_on_the_server(
    library: Library, text: str, expected: set[str]
) -> None:
    assert passing(library, parse_filter(library.filled(text))) == expected


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_itself(library: Library, name: str) -> None:
    label, folder = f"hostile {HOSTILE.index(name)}", f"{library.folders['mount']}/{name}"
    assert passing(library, Filter((folder,), path=(f"/{name}/",))) == {label}
    rest = Filter(("nas-2:/mnt/photos",), not_folders=(folder,))
    assert passing(library, rest) == {*MOUNTED, "old"} - {label}


@pytest.mark.parametrize("text", ["name:h.jpg", "folder:{mount}", "taken:2024-03"])
def test_an_answer_that_lacks_matches_says_so(
    library: Library, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More pictures pass than one expression may list, or what it says is not exact; and among the
    nearest that the server gives are some that do not pass."""
    monkeypatch.setattr(candidate_search, "_MOST_PASSING", 5)
    monkeypatch.setattr(candidate_search, "LIST_LENGTHS", (6, 12))
    filter = parse_filter(library.filled(text))
    mirror, server = (_asked(one, filter, 12) for one in (library.mirror, library.server))
    assert mirror is not None and server is not None
    assert library.labels(server) < library.labels(mirror)
    (note,) = server.notes
    assert "may be missing" in note and "mirror on" in note
    assert mirror.notes == ()
    for exact in (NO_FILTER, parse_filter("width>=1 size:1000")):
        server = _asked(library.server, exact, 12)
        assert server is not None and len(server.combined) == 12
        assert server.notes == ()
