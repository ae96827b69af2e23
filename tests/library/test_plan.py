"""The plan of a run, on random libraries: the fast queries agree with plain ones."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making import FACTS, tiny_spec

from finder.core.errors import RETRIED, Reason
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.indexing import plan
from finder.core.library.indexing.plan import Plan
from finder.core.paths import Home
from finder.core.pictures.scan import FileStamp, FoundFile, UnreadablePath

SPECS = [tiny_spec("first"), tiny_spec("second", mark="b")]
_FOLDERS = ["/a", "/a/b", "/a/b/c", "/a/b.jpg", "/a!", "/ab", "/A", "/a/\udcff", "/"]
_NAMES = ["x.jpg", "\udcfe.png", "ä.webp"]

paths = st.builds(os.path.join, st.sampled_from(_FOLDERS), st.sampled_from(_NAMES))
numbers = st.integers(0, 2)
contents = st.one_of(st.integers(0, 5), st.integers(0, 5), st.sampled_from(list(Reason)))


@dataclass(frozen=True)
class Library:
    """files: path → (size, mtime, picture or reason); embedded: model → pictures; orphans: kept
    though no file has them (any more)."""

    files: dict[str, tuple[int, int, int | Reason]]
    embedded: dict[str, frozenset[int]]
    orphans: frozenset[int]
    other_version: bool

    @property
    def pictures(self) -> set[int]:
        shown = {kept for _, _, kept in self.files.values() if isinstance(kept, int)}
        return shown | self.orphans

    def has(self, model: str, picture: int) -> bool:
        if model == "first" and self.other_version:
            return False
        return picture in self.embedded.get(model, frozenset()) & self.pictures

    @contextmanager
    def opened(self) -> Iterator[Catalogue]:
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(Catalogue(Home(Path(folder)))) as catalogue,
        ):
            with catalogue.transaction():
                self._fill(catalogue)
            yield catalogue

    def _fill(self, catalogue: Catalogue) -> None:
        for picture in self.pictures:
            catalogue.pictures.put(picture, FACTS)
        for path, (size, mtime, kept) in self.files.items():
            reason = kept if isinstance(kept, Reason) else None
            shown = None if isinstance(kept, Reason) else kept
            catalogue.files.put(FileRecord(path, size, mtime, shown, reason))
        for spec in SPECS:
            if spec.name in self.embedded:
                other = self.other_version and spec.name == "first"
                catalogue.models.put(replace(spec, version="0") if other else spec)
                rows = sorted(self.embedded[spec.name] & self.pictures)
                if rows:
                    catalogue.embeddings.add(spec.name, [(p, n, 0) for n, p in enumerate(rows)])


libraries = st.builds(
    Library,
    st.dictionaries(paths, st.tuples(numbers, numbers, contents), max_size=12),
    st.dictionaries(
        st.sampled_from([spec.name for spec in SPECS]),
        st.one_of(st.just(frozenset(range(8))), st.frozensets(st.integers(0, 7))),
    ),
    st.one_of(st.just(frozenset[int]()), st.frozensets(st.integers(0, 7), max_size=2)),
    st.booleans(),
)
COMPLETE = Library(
    {"/a/x.jpg": (1, 1, 1)}, {"first": frozenset({1}), "second": frozenset()}, frozenset(), False
)
ORPHANED = replace(COMPLETE, embedded={"first": frozenset({2})}, orphans=frozenset({2}))


def is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


@settings(max_examples=40)
@given(libraries, st.sampled_from(_FOLDERS))
@example(COMPLETE, "/a")
@example(ORPHANED, "/a")
@example(replace(COMPLETE, other_version=True), "/a")
def test_what_a_model_lacks_does_not_depend_on_the_other_models(
    library: Library, folder: str
) -> None:
    with library.opened() as catalogue:
        for spec in SPECS:
            expected = {
                os.fsencode(path)
                for path, (_, _, kept) in library.files.items()
                if is_below(path, folder) and isinstance(kept, int)
                if not library.has(spec.name, kept)
            }
            assert catalogue.files.lacking_below(folder, spec, many=False) == expected
            assert catalogue.files.lacking_below(folder, spec, many=True) == expected


@settings(max_examples=40)
@given(libraries)
@example(COMPLETE)
@example(ORPHANED)
def test_pictures_without_a_file_are_found(library: Library) -> None:
    shown = {kept for _, _, kept in library.files.values() if isinstance(kept, int)}
    with library.opened() as catalogue:
        assert sorted(catalogue.pictures.without_file()) == sorted(library.pictures - shown)


@settings(max_examples=40)
@given(libraries, st.sampled_from(_FOLDERS))
def test_the_scan_of_a_folder_sees_what_is_on_the_disk(library: Library, folder: str) -> None:
    below = {path: facts for path, facts in library.files.items() if is_below(path, folder)}
    with library.opened() as catalogue:
        assert catalogue.files.stamps_below(folder) == {
            (os.fsencode(path), size, mtime) for path, (size, mtime, _) in below.items()
        }
        skipped, again = catalogue.files.skipped_below(folder)
    assert skipped == {os.fsencode(p) for p, (*_, kept) in below.items() if kept in set(Reason)}
    assert again == {os.fsencode(p) for p, (*_, kept) in below.items() if kept in RETRIED}


@settings(max_examples=40)
@given(libraries, st.data(), st.sampled_from(["/", "/a", "/a/b"]), st.booleans())
def test_a_plan_agrees_with_a_look_at_each_file(
    library: Library, data: st.DataObject, folder: str, many: bool
) -> None:
    known = {path: facts for path, facts in library.files.items() if is_below(path, folder)}
    kept = data.draw(st.sets(st.sampled_from(sorted(known)))) if known else set()
    found = {path: known[path][:2] for path in kept}
    others = data.draw(st.dictionaries(paths, st.tuples(numbers, numbers)))
    found |= {path: facts for path, facts in others.items() if is_below(path, folder)}
    with library.opened() as catalogue, pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "_MANY_FILES", 0 if many else 5_000)
        patch.setattr(plan, "_SCAN_STEP", 2)
        patch.setattr(plan, "walk", lambda _: by_folder(found))
        made = Plan(catalogue, SPECS)
        *_, number = made.scan(folder)
    assert number == len(found)
    same = {path: known[path][2] for path in found if known.get(path, ())[:2] == found[path]}
    lacking = {
        path
        for path, kept in same.items()
        if isinstance(kept, int) and not all(library.has(spec.name, kept) for spec in SPECS)
    }
    again = {path for path, kept in same.items() if kept in RETRIED}
    todo = (found.keys() - same.keys()) | lacking | again
    assert made.todo == sorted(
        (FoundFile(path, *found[path]) for path in todo), key=lambda file: os.fsencode(file.path)
    )
    assert set(made.partly) == lacking
    assert made.unchanged == len(found) - len(todo)
    assert sorted(made.gone) == sorted(known.keys() - found.keys() if found else ())
    assert made.offline == ([folder] if known and not found else [])
    assert made.model_done == {
        spec.name: sum(isinstance(k, int) and library.has(spec.name, k) for k in same.values())
        for spec in SPECS
    }


def by_folder(found: dict[str, tuple[int, int]]) -> Iterator[list[FileStamp]]:
    """As `walk` gives it: a list for each folder, in no particular order."""
    listed: dict[str, list[FileStamp]] = {}
    for path, facts in found.items():
        listed.setdefault(os.path.dirname(path), []).append((os.fsencode(path), *facts))
    yield []
    yield from listed.values()


@pytest.mark.parametrize("many", [False, True])
def test_files_below_an_unreadable_folder_are_kept(
    many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(
        {f"/a/{name}/x.jpg": (1, 1, n) for n, name in enumerate(["b", "bc", "d", "e"])},
        {spec.name: frozenset(range(4)) for spec in SPECS},
        frozenset(),
        False,
    )

    def walk(_: Any) -> Iterator[list[FileStamp] | UnreadablePath]:
        yield [(b"/a/e/x.jpg", 1, 1)]
        yield UnreadablePath("/a/b", Reason.NO_PERMISSION, "refused")
        yield UnreadablePath("/a/d/x.jpg", Reason.UNREADABLE, "odd")

    monkeypatch.setattr(plan, "walk", walk)
    monkeypatch.setattr(plan, "_MANY_FILES", 0 if many else 5_000)
    with library.opened() as catalogue:
        made = Plan(catalogue, SPECS)
        list(made.scan("/a"))
    assert made.gone == ["/a/bc/x.jpg"]
    assert [trouble.path for trouble in made.unreadable] == ["/a/b", "/a/d/x.jpg"]
    assert (made.todo, made.unchanged, made.offline) == ([], 1, [])
