"""Verifying the matches of a search: of real pictures, in a real library."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from making import copied, run_index
from PIL import Image, ImageOps

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import CannotVerifyError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.full_check import check
from finder.core.library.feature_store import FeatureStore
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.transform import Box, Transform
from finder.core.search.matches import Result
from finder.core.search.query.query import QueryItem
from finder.core.search.query.query_spec import (
    LESS,
    FileSource,
    LibrarySource,
    QueryExample,
    QuerySpec,
)
from finder.core.search.verify import verifier
from finder.core.search.verify.local_features import LocalFeatures, local_features
from finder.core.search.verify.proofs import with_proofs
from finder.core.search.verify.sameness import SameKind, Sameness
from finder.core.search.verify.stored_features import features_version
from finder.core.search.verify.verifier import QUERY_PICTURES, Verifier
from finder.use_cases.search.search_session import SearchSession


@pytest.fixture
def pictures(tmp_path: Path, samples: Path) -> Path:
    """Birds, and copies of one of them."""
    folder = tmp_path / "birds"
    copied(sorted((samples / "birds").glob("*.jpg")), folder)
    with Image.open(folder / "kingfisher.jpg") as opened:
        picture = opened.convert("RGB")
    width, height = picture.size
    picture.crop((width // 3, 0, width, height * 3 // 4)).save(folder / "part.jpg")
    ImageOps.mirror(picture).save(folder / "mirrored.jpg")
    picture.rotate(90, expand=True).save(folder / "turned.jpg")
    picture.resize((width // 2, height // 2)).save(folder / "small.jpg")
    return folder


@pytest.fixture
def library(home: Home, pictures: Path, specs: list[ModelSpec], extractors: ExtractorPool) -> Home:
    run_index(home, [pictures], specs[:2], extractors)
    return home


@pytest.fixture
def session(library: Home, extractors: ExtractorPool) -> Iterator[SearchSession]:
    with closing(SearchSession(library, lambda: extractors)) as session:
        yield session


def of_files(paths: list[Path]) -> QuerySpec:
    return QuerySpec.of_files([str(path) for path in paths])


def searched(session: SearchSession, spec: QuerySpec, specs: list[ModelSpec]) -> Result:
    session.set_query(spec)
    return session.search(specs[:2], 30, "euclidean")


def proofs_by_name(session: SearchSession, result: Result) -> dict[str, Sameness]:
    names = {picture.id: Path(picture.paths[0]).name for picture in result.pictures()}
    return {
        names[picture]: found
        for picture, found in session.verify(result)
        if isinstance(found, Sameness)
    }


def kinds(found: dict[str, Sameness]) -> dict[str, SameKind]:
    return {name: proof.kind for name, proof in found.items()}


COPIES = {
    "part.jpg": SameKind.PART,
    "mirrored.jpg": SameKind.MIRRORED,
    "turned.jpg": SameKind.TURNED,
    "small.jpg": SameKind.WHOLE,
}


def test_the_copies_of_a_picture_are_proven(
    session: SearchSession, pictures: Path, specs: list[ModelSpec]
) -> None:
    """The picture itself is the query, and needs no proof."""
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    proofs = dict(session.verify(result))
    assert kinds(proofs_by_name(session, result)) == COPIES
    names = [Path(match.picture.paths[0]).name for match in with_proofs(result, proofs).combined]
    assert names[:2] == ["kingfisher.jpg", "small.jpg"]
    assert set(names[2:5]) == {"part.jpg", "mirrored.jpg", "turned.jpg"}


def test_a_part_is_verified_as_it_is_searched_for(
    session: SearchSession, pictures: Path, specs: list[ModelSpec]
) -> None:
    """Turned by a quarter, it is turned in the picture that it was cut from, but upright in the
    one that is turned."""
    box = Box(0.3, 0.2, 0.9, 0.9)
    source = FileSource(str(pictures / "small.jpg"))
    spec = QuerySpec((QueryExample(source, transform=Transform(box, 3)),))
    found = proofs_by_name(session, searched(session, spec, specs))
    assert found["kingfisher.jpg"].kind is SameKind.TURNED
    assert found["turned.jpg"].kind is SameKind.PART
    top_right = (box.right, box.top)
    assert np.allclose(found["kingfisher.jpg"].outline[0], top_right, atol=0.03)


def test_each_of_several_pictures_is_verified_but_not_what_is_unwanted(
    session: SearchSession, pictures: Path, samples: Path, specs: list[ModelSpec]
) -> None:
    heron, unwanted = pictures / "purple-heron.jpg", pictures / "kingfisher.jpg"
    wanted = of_files([pictures / "part.jpg", samples / "cats" / "kitten.jpg"])
    assert "kingfisher.jpg" in proofs_by_name(session, searched(session, wanted, specs))
    less = QueryExample(FileSource(str(unwanted)), weight=LESS)
    spec = QuerySpec((*of_files([heron]).items, less))
    assert proofs_by_name(session, searched(session, spec, specs)) == {}


def test_a_proof_says_which_picture_of_the_query_it_is(
    session: SearchSession, pictures: Path, samples: Path, specs: list[ModelSpec]
) -> None:
    """By its number among all of them, also those that matches should not resemble."""
    unwanted = QueryExample(FileSource(str(pictures / "scarlet-macaw.jpg")), weight=LESS)
    part, kitten = of_files([pictures / "part.jpg", samples / "cats" / "kitten.jpg"]).items
    for items, number in (((part, kitten), 0), ((unwanted, kitten, part, part), 2)):
        found = proofs_by_name(session, searched(session, QuerySpec(items), specs))
        assert found["kingfisher.jpg"].example == number


def test_pictures_whose_files_are_gone_are_verified_by_their_thumbnails(
    session: SearchSession, pictures: Path, specs: list[ModelSpec]
) -> None:
    query = pictures.parent / "kingfisher.jpg"
    (pictures / "kingfisher.jpg").rename(query)
    for path in pictures.iterdir():
        path.unlink()
    result = searched(session, of_files([query]), specs)
    assert kinds(proofs_by_name(session, result)) == COPIES


def test_a_query_whose_file_is_gone_is_verified_by_its_thumbnail(
    session: SearchSession, library: Home, pictures: Path, specs: list[ModelSpec]
) -> None:
    with closing(Catalogue(library)) as catalogue:
        picture = catalogue.files.picture_of(str(pictures / "kingfisher.jpg"))
    assert picture is not None
    (pictures / "kingfisher.jpg").unlink()
    spec = QuerySpec((QueryExample(LibrarySource(picture, "kingfisher.jpg")),))
    assert kinds(proofs_by_name(session, searched(session, spec, specs))) == COPIES


def test_the_second_time_features_are_read_and_the_proofs_are_the_same(
    session: SearchSession,
    library: Home,
    pictures: Path,
    specs: list[ModelSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    first = dict(session.verify(result))
    read: list[int] = []
    monkeypatch.setattr(Verifier, "_thumbnail", lambda _, picture: read.append(picture))
    assert dict(session.verify(result)) == first
    assert read == []


@pytest.mark.parametrize(
    "damage", ["UPDATE features SET data = x'11'", "UPDATE features SET version = 0"]
)
def test_features_that_are_damaged_or_old_are_computed_again(
    session: SearchSession, library: Home, pictures: Path, specs: list[ModelSpec], damage: str
) -> None:
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    first = dict(session.verify(result))
    with closing(sqlite3.connect(library.local_features, isolation_level=None)) as db:
        db.execute(damage)
    assert dict(session.verify(result)) == first


def test_what_has_no_usable_thumbnail_is_not_proven(
    session: SearchSession, library: Home, pictures: Path, specs: list[ModelSpec]
) -> None:
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    with closing(ThumbnailStore(library)) as store:
        store.put(dict.fromkeys(store.pictures(), b"no JPEG"))
    assert list(session.verify(result)) == []


def test_the_features_of_pictures_that_are_removed_are_removed_too(
    session: SearchSession, library: Home, pictures: Path, specs: list[ModelSpec]
) -> None:
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    assert len(proofs_by_name(session, result)) == len(COPIES)
    with LibraryWriter(library) as writer:
        writer.removals.forget_folder(str(pictures))
        writer.removals.purge()
    with closing(sqlite3.connect(library.local_features)) as db:
        assert db.execute("SELECT count(*) FROM features").fetchone() == (0,)


def kept_features(home: Home) -> set[int]:
    """The pictures whose features are kept."""
    with closing(sqlite3.connect(home.local_features)) as db:
        return {picture for (picture,) in db.execute("SELECT picture FROM features")}


@pytest.mark.parametrize("change", ["removed", "made anew"])
def test_features_are_not_kept_if_the_thumbnail_has_changed_meanwhile(
    session: SearchSession,
    library: Home,
    pictures: Path,
    specs: list[ModelSpec],
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    """Another process has purged the picture, or repaired it, while it was described."""
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)

    described: list[Image.Image] = []

    def slow(image: Image.Image) -> LocalFeatures:
        described.append(image)
        if len(described) == 1:  # the query
            return local_features(image)
        with closing(ThumbnailStore(library)) as store:
            if change == "removed":
                store.remove(store.pictures())
            else:
                store.put(dict.fromkeys(store.pictures(), b"another"))
        return local_features(image)

    monkeypatch.setattr(verifier, "local_features", slow)
    list(session.verify(result))
    assert kept_features(library) == set()


def test_a_repair_removes_features_of_unknown_pictures_and_of_bad_thumbnails(
    session: SearchSession, library: Home, pictures: Path, specs: list[ModelSpec]
) -> None:
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    list(session.verify(result))
    known = kept_features(library)
    damaged = min(known)
    with closing(ThumbnailStore(library)) as store:
        store.put({damaged: store.read(max(known)) or b""})
    with closing(FeatureStore(library, 1)) as features:
        features.put(-5, b"of a picture that is gone")
    *_, looked = check(library, specs[:2], [], repair=False)
    assert kept_features(library) == {*known, -5}
    *_, repaired = check(library, specs[:2], [], repair=True)
    assert (len(looked.left), repaired.left) == (1, [])
    assert kept_features(library) == known - {damaged}


def test_features_of_another_opencv_are_computed_again(
    session: SearchSession,
    library: Home,
    pictures: Path,
    specs: list[ModelSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    list(session.verify(result))
    picture = min(kept_features(library))
    with closing(FeatureStore(library, features_version())) as same:
        assert same.read(picture) is not None
    monkeypatch.setattr(cv2, "__version__", "99.0")
    with closing(FeatureStore(library, features_version())) as later:
        assert later.read(picture) is None


def test_a_file_of_thumbnails_that_was_replaced_is_seen(
    session: SearchSession, library: Home, pictures: Path, specs: list[ModelSpec]
) -> None:
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    assert len(proofs_by_name(session, result)) == len(COPIES)
    with closing(FeatureStore(library)) as features:
        features.keep_only(())
    good = library.thumbnails.rename(library.root / "good")
    with closing(ThumbnailStore(library)) as store:
        store.put({1: b"of another picture"})
    assert list(session.verify(result)) == []
    good.replace(library.thumbnails)
    assert len(proofs_by_name(session, result)) == len(COPIES)


def test_a_picture_of_the_query_is_described_once_each_in_a_step_of_its_own(
    session: SearchSession,
    pictures: Path,
    specs: list[ModelSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described: list[object] = []

    def noted(self: Verifier, item: QueryItem) -> LocalFeatures | None:
        described.append(item.path)
        return plain(self, item)

    plain = Verifier._described
    monkeypatch.setattr(Verifier, "_described", noted)
    paths = [str(path) for path in sorted(pictures.iterdir())[:6]]
    session.set_query(QuerySpec.of_files(paths))
    result = session.search(specs[:2], 30, "euclidean")
    for _ in range(2):
        list(session.verify(result))
    assert sorted(map(str, described)) == paths[:QUERY_PICTURES], "the first ones"


def test_without_opencv_the_search_is_answered_and_an_error_says_why(
    session: SearchSession,
    pictures: Path,
    specs: list[ModelSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    with (
        monkeypatch.context() as patch,
        pytest.raises(CannotVerifyError, match="cannot be checked"),
    ):
        patch.setitem(sys.modules, "cv2", None)
        for module in ("local_features", "stored_features", "verifier"):
            patch.delitem(sys.modules, f"finder.core.search.verify.{module}")
        list(session.verify(result))
    with monkeypatch.context() as patch, pytest.raises(CannotVerifyError, match="no memory"):
        patch.setattr(cv2.SIFT, "create", failing)
        list(session.verify(result))
    assert len(proofs_by_name(session, result)) == len(COPIES), "once it works again"


def failing(*_: object, **__: object) -> None:
    raise cv2.error("no memory")


def test_a_cancelled_verification_ends_although_a_comparison_goes_on(
    session: SearchSession,
    pictures: Path,
    specs: list[ModelSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next search is answered while the comparison of the last one still runs."""
    result = searched(session, of_files([pictures / "kingfisher.jpg"]), specs)
    token, going_on = CancelToken(), [True]

    def endless(*_: object) -> None:
        token.set()
        while going_on[0]:
            time.sleep(0.01)

    monkeypatch.setattr(Verifier, "verify", endless)
    try:
        with pytest.raises(Cancelled):
            list(session.verify(result, token))
        again = session.search(specs[:2], 30, "euclidean")
    finally:
        going_on[0] = False
    assert [match.picture for match in again.combined] == [m.picture for m in result.combined]
