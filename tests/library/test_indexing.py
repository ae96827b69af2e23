"""Indexing with real workers and real pictures, and a small model."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from indexing_folder import Run, forbid, ids, indexing_of, pictures, reasons, six_pictures
from making import assert_in_step, copied, matrix_vectors
from model_folders import Made, make_model
from PIL import Image
from thumbnails import stored_thumbnails

from finder.core.errors import RETRIED, Failure, FinderError, Reason, SkippedPicture
from finder.core.library import thumbnail_store
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing import worker
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts, Phase
from finder.core.library.indexing.summary import has_news, whole_summary
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.library.writer import LibraryWriter
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile
from finder.workers.worker_pools import worker_pool


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    return six_pictures(tmp_path / "pictures", samples)


@pytest.fixture
def run(home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool) -> Run:
    return indexing_of(home, folder, small_spec, extractors)


@pytest.fixture
def second_spec(tmp_path: Path) -> ModelSpec:
    return load_spec(make_model(tmp_path / "models", Made(name="second", width=12)))


def test_every_picture_is_embedded(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    last = run()
    assert last.phase is Phase.DONE
    assert last.counts == Counts(new=6)
    assert (last.done, last.total) == (6, 6)
    assert (last.models[small_spec.name].done, last.models[small_spec.name].total) == (6, 6)
    vectors = assert_in_step(home, small_spec.name)
    assert set(vectors) == ids(pictures(folder))
    for vector in vectors.values():
        assert np.linalg.norm(vector.astype(np.float64)) == pytest.approx(1, abs=1e-6)
    assert stored_thumbnails(home) == vectors.keys()
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.folders.paths() == [str(folder)]
        known = catalogue.pictures.get(vectors)
        assert sorted(p for k in known.values() for p in k.paths) == list(
            map(str, pictures(folder))
        )


def test_the_stored_vector_is_the_one_extracted(
    run: Run, home: Home, folder: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    from finder.core.search.query.query import Query

    run(specs=[fast_spec])
    stored = matrix_vectors(home, fast_spec.name)
    for path in pictures(folder):
        query = Query.from_file(str(path))
        (fresh,) = query.vectors(fast_spec, extractors)
        (picture,) = query.own
        np.testing.assert_allclose(fresh, stored[picture], atol=1e-5)


def test_a_second_run_opens_no_picture(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    forbid(monkeypatch, worker, "read_file")
    again = run()
    assert again.counts == Counts(unchanged=6)
    assert again.counts.opened == 0


def test_a_new_picture_is_the_only_one_embedded(
    run: Run, home: Home, folder: Path, samples: Path, small_spec: ModelSpec
) -> None:
    run()
    copied([samples / "cats" / "kitten.jpg"], folder / "new")
    assert run().counts == Counts(unchanged=6, new=1)
    assert set(assert_in_step(home, small_spec.name)) == ids(pictures(folder))


def test_changed_content_under_the_same_name_is_embedded(
    run: Run, home: Home, folder: Path, samples: Path, small_spec: ModelSpec
) -> None:
    run()
    (old, *_) = pictures(folder)
    before = ids([old])
    shutil.copyfile(samples / "cats" / "kitten.jpg", old)
    assert run().counts == Counts(unchanged=5, new=1)
    found = set(assert_in_step(home, small_spec.name))
    assert found == ids(pictures(folder))
    assert not found & before
    assert stored_thumbnails(home) == found


def test_a_vanished_picture_is_removed(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec
) -> None:
    run()
    (gone, *_) = pictures(folder)
    gone.unlink()
    assert run().counts == Counts(unchanged=5, removed=1)
    assert set(assert_in_step(home, small_spec.name)) == ids(pictures(folder))


@pytest.mark.parametrize("how", ["renamed", "moved", "touched"])
def test_content_is_recognised(
    run: Run,
    home: Home,
    folder: Path,
    small_spec: ModelSpec,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    run()
    before = assert_in_step(home, small_spec.name)
    (path, *_) = pictures(folder)
    if how == "renamed":
        path.rename(path.with_name("another name.jpg"))
    elif how == "moved":
        (folder / "elsewhere").mkdir()
        path.rename(folder / "elsewhere" / path.name)
    else:
        os.utime(path, ns=(1, 1))
    forbid(monkeypatch, Extractor, "embed_image")
    forbid(monkeypatch, worker, "decode")
    counts = Counts(unchanged=5, known=1)
    if how != "touched":
        counts = replace(counts, removed=1, **{how: 1})
    last = run()
    assert last.counts == counts
    assert has_news(last) == (how != "touched")
    said = "Everything is up to date: 6 files." if how == "touched" else f"1 picture was {how}."
    assert whole_summary(last) == said
    assert assert_in_step(home, small_spec.name).keys() == before.keys()
    with closing(Catalogue(home)) as catalogue:
        found = sorted(f.path for f in catalogue.files.below(str(folder)))
    assert found == list(map(str, pictures(folder)))
    assert run().counts == Counts(unchanged=6)


def test_a_copy_is_one_picture_in_two_places(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    (path, *_) = pictures(folder)
    shutil.copy(path, folder / "copy.jpg")
    with monkeypatch.context() as patch:
        forbid(patch, Extractor, "embed_image")
        last = run()
    assert last.counts == Counts(unchanged=6, known=1, copies=1)
    assert whole_summary(last) == "1 copy was found."
    (picture,) = ids([path])
    with closing(Catalogue(home)) as catalogue:
        places = catalogue.pictures.get([picture])[picture].paths
    assert places == tuple(sorted([str(path), str(folder / "copy.jpg")]))
    path.unlink()
    assert run().counts == Counts(unchanged=6, removed=1)
    assert picture in assert_in_step(home, small_spec.name), "the copy is still there"


def test_copies_that_come_together_are_stored_once(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec
) -> None:
    (path, *_) = pictures(folder)
    for number in range(5):
        shutil.copy(path, folder / f"copy {number}.jpg")
    counts = run().counts
    assert counts.new + counts.known == 11
    assert len(assert_in_step(home, small_spec.name)) == 6


def test_a_second_model_embeds_only_what_it_lacks(
    run: Run,
    home: Home,
    folder: Path,
    small_spec: ModelSpec,
    second_spec: ModelSpec,
    samples: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = small_spec, second_spec
    run(specs=[first])
    embedded: list[str] = []
    embed_image = Extractor.embed_image

    def noting(extractor: Extractor, image: Image.Image) -> Any:
        embedded.append(extractor.spec.name)
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", noting)
    copied([samples / "cats" / "kitten.jpg"], folder)
    last = run(specs=[first, second])
    assert sorted(embedded) == [first.name] + [second.name] * 7
    assert last.counts == Counts(new=7)
    assert [m.done for m in last.models.values()] == [7, 7]
    for spec in (first, second):
        assert set(assert_in_step(home, spec.name)) == ids(pictures(folder))


def test_one_writer_may_index_with_other_models_later(
    home: Home,
    folder: Path,
    small_spec: ModelSpec,
    second_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    with LibraryWriter(home) as writer, worker_pool() as crew:
        for chosen in ([small_spec, second_spec], [small_spec], [second_spec]):
            *_, last = index(writer, [str(folder)], chosen, extractors, crew)
            assert set(last.models) == {spec.name for spec in chosen}
        assert last.counts == Counts(unchanged=6)


def test_an_exchanged_model_gives_up_its_old_vectors(
    run: Run,
    home: Home,
    folder: Path,
    small_spec: ModelSpec,
    fast_spec: ModelSpec,
) -> None:
    run()
    exchanged = replace(fast_spec, name=small_spec.name)
    assert run(specs=[exchanged]).counts == Counts(new=6)
    vectors = assert_in_step(home, small_spec.name)
    assert {len(vector) for vector in vectors.values()} == {fast_spec.dimension}
    assert {path.stem for path in home.nearest.iterdir()} == {
        f"{small_spec.name}-{fast_spec.sha256[:8]}-0"
    }, "the old model's matrix is gone"
    assert run(specs=[exchanged]).counts == Counts(unchanged=6)


# Files that cannot be used


def spoil(folder: Path) -> dict[str, Reason]:
    (good, *_) = pictures(folder)
    data = good.read_bytes()
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.png").write_text("no picture at all")
    (folder / "cut.jpg").write_bytes(data[: len(data) // 2])
    return {
        "empty.jpg": Reason.EMPTY,
        "text.png": Reason.NOT_A_PICTURE,
        "cut.jpg": Reason.TRUNCATED,
    }


def test_damaged_files_are_listed_and_their_neighbours_embedded(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = ids(pictures(folder))
    expected = spoil(folder)
    assert run().counts == Counts(new=6, skipped=3)
    assert reasons(home) == expected
    assert set(assert_in_step(home, small_spec.name)) == good
    forbid(monkeypatch, worker, "read_file")
    assert run().counts == Counts(unchanged=9), "they are not tried again"


def test_a_repaired_file_is_embedded(run: Run, home: Home, folder: Path, samples: Path) -> None:
    spoil(folder)
    run()
    shutil.copy(samples / "cats" / "kitten.jpg", folder / "empty.jpg")
    assert run().counts == Counts(unchanged=8, new=1)
    assert "empty.jpg" not in reasons(home)


def test_a_picture_that_becomes_unreadable_is_taken_out(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec
) -> None:
    run()
    (path, *rest) = pictures(folder)
    path.write_bytes(b"damaged")
    assert run().counts == Counts(unchanged=5, skipped=1)
    assert reasons(home) == {path.name: Reason.NOT_A_PICTURE}
    assert set(assert_in_step(home, small_spec.name)) == ids(rest)


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.REMOVED}))
def test_passing_reasons_are_tried_again_and_lasting_ones_not(
    run: Run, home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch, reason: Reason
) -> None:
    (path, *others) = pictures(folder)
    for other in others:
        other.unlink()

    def fail(path: str, **_: bool) -> NoReturn:
        raise SkippedPicture(reason, "as requested")

    with monkeypatch.context() as patch:
        patch.setattr(worker, "read_file", fail)
        assert run().counts == Counts(skipped=1)
    assert reasons(home) == {path.name: reason}
    again = run().counts
    assert again == (Counts(new=1) if reason in RETRIED else Counts(unchanged=1))


def test_a_picture_without_a_feature_is_that_models_failure(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path, *rest) = pictures(folder)
    Image.new("RGB", (300, 300), (1, 2, 3)).save(path, "PNG")
    embed = Extractor.embed

    def dead_to_it(extractor: Extractor, batch: Any) -> Any:
        if np.ptp(batch[0, 0]) == 0:
            raise SkippedPicture(Reason.NO_FEATURE, "norms [0.0]")
        return embed(extractor, batch)

    monkeypatch.setattr(Extractor, "embed", dead_to_it)
    assert run().counts == Counts(new=5, failed=1)
    assert reasons(home) == {}
    with closing(Catalogue(home)) as catalogue:
        (file,) = catalogue.failures.files()
    assert (file.path, file.model) == (str(path), small_spec.name)
    assert file.failure == Failure(Reason.NO_FEATURE, "norms [0.0]")
    assert set(assert_in_step(home, small_spec.name)) == ids(rest)


def test_a_thumbnail_that_cannot_be_written_stops_with_a_sentence(
    run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> NoReturn:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(thumbnail_store, "_put", full)
    with pytest.raises(FinderError, match="disk is full"):
        run()


# Forgotten folders, vanished files


def test_forgetting_keeps_what_another_folder_covers(
    run: Run, home: Home, folder: Path, small_spec: ModelSpec
) -> None:
    run(folder, folder / "birds")
    with LibraryWriter(home) as writer:
        assert writer.removals.forget_folder(str(folder)) == 2
    assert set(assert_in_step(home, small_spec.name)) == ids(pictures(folder / "birds"))
    with LibraryWriter(home) as writer:
        assert writer.removals.forget_folder(str(folder / "birds")) == 4
    assert assert_in_step(home, small_spec.name) == {}
    assert len(pictures(folder)) == 6, "the pictures themselves are not touched"
    assert stored_thumbnails(home) == set()


def test_forgetting_the_inner_folder_forgets_nothing(run: Run, home: Home, folder: Path) -> None:
    run(folder, folder / "birds")
    with LibraryWriter(home) as writer:
        assert writer.removals.forget_folder(str(folder / "birds")) == 0
    assert run().counts == Counts(unchanged=6)


def test_a_file_that_vanishes_before_its_turn_is_reported(
    home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    from finder.core.library.indexing.reliability.crash_journal import CrashJournal
    from finder.core.library.indexing.worker import WorkerContext, work

    tools = WorkerContext([], {}, ThumbnailStore(home), CrashJournal(home))
    worked = work(FoundFile(str(folder / "gone.jpg"), 1, 1), tools)
    assert worked.result.reason is Reason.VANISHED
