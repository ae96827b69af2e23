"""A model that fails on pictures fails alone: the others' vectors are kept and searched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from failing_models import finds_nothing, never_ends, paint
from making import (
    FACTS,
    assert_in_step,
    in_catalogue,
    outcome,
    run_index,
    tiny_spec,
    unit_vectors,
)
from model_folders import Made, make_model
from PIL import Image

from finder.core.errors import Failure, FinderError, Reason
from finder.core.library.catalogue.backups import find_backup, make_backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.restore import restore
from finder.core.library.catalogue.settings import (
    Settings,
    indexing_models,
    load_settings,
    save_settings,
)
from finder.core.library.catalogue.tables.failure_table import fails_mostly
from finder.core.library.check.full_check import check
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.progress import Counts
from finder.core.library.indexing.reliability.crash_journal import CrashSuspects
from finder.core.library.model_usage import drop_for_reindexing
from finder.core.library.writer import LibraryWriter
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec, TextSpec
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile
from finder.core.writer_lock import WriterLock
from finder.workers import isolated_worker as alone


@pytest.fixture
def mean(home: Home) -> ModelSpec:
    """A model that fails on nothing."""
    return load_spec(make_model(home.models, Made(name="mean")))


@pytest.fixture
def picky(home: Home) -> ModelSpec:
    """A model that finds nothing in dark pictures."""
    return load_spec(finds_nothing(home.models))


@pytest.fixture
def both(mean: ModelSpec, picky: ModelSpec) -> list[ModelSpec]:
    return [mean, picky]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return paint(tmp_path / "pictures", light=4, dark=3)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of the model for each picture that it was asked to embed."""
    names: list[str] = []
    embed_image = Extractor.embed_image

    def seen(extractor: Extractor, image: Image.Image) -> object:
        names.append(extractor.spec.name)
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", seen)
    return names


def failed(home: Home) -> dict[tuple[str, str], Reason]:
    """By file name and model."""
    with closing(Catalogue(home)) as catalogue:
        return {
            (Path(file.path).name, file.model): file.failure.reason
            for file in catalogue.failures.files()
        }


DARK = {(f"dark-{n}.png", "picky"): Reason.NO_FEATURE for n in range(3)}


def test_the_others_keep_their_vectors(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool
) -> None:
    last = run_index(home, [pictures], both, extractors)
    assert last.counts == Counts(new=7)
    assert last.failed == {"Picky": 3}
    assert len(assert_in_step(home, "mean")) == 7
    assert len(assert_in_step(home, "picky")) == 4
    assert failed(home) == DARK
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.files.skipped() == []


def test_what_failed_is_not_tried_again_by_each_run(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool, asked: list[str]
) -> None:
    run_index(home, [pictures], both, extractors)
    asked.clear()
    assert run_index(home, [pictures], both, extractors).counts == Counts(unchanged=7)
    (pictures / "dark-0.png").rename(pictures / "moved.png")
    moved = run_index(home, [pictures], both, extractors).counts
    assert moved == Counts(unchanged=6, known=1, renamed=1, removed=1)
    assert asked == []
    assert ("moved.png", "picky") in failed(home)


def test_without_the_model_nothing_is_left_of_its_failures(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool
) -> None:
    (mean, picky) = both
    assert run_index(home, [pictures], [picky], extractors).counts == Counts(new=4, failed=3)
    with LibraryWriter(home) as writer:
        writer.removals.forget_model("picky")
    assert failed(home) == {}
    assert run_index(home, [pictures], [mean], extractors).counts == Counts(new=7)


def test_another_version_tries_again(
    home: Home, pictures: Path, mean: ModelSpec, picky: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [pictures], [mean, picky], extractors)
    bold = replace(load_spec(finds_nothing(home.models, "bold", lost=-99)), name="picky")
    assert run_index(home, [pictures], [mean, bold], extractors).counts == Counts(new=7)
    assert failed(home) == {}
    assert len(assert_in_step(home, "picky")) == 7


def test_in_another_set_of_models_it_tries_again(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool, asked: list[str]
) -> None:
    (mean, picky) = both
    run_index(home, [pictures], [picky], extractors)
    asked.clear()
    run_index(home, [pictures], [mean, picky], extractors)
    assert asked.count("picky") == 3
    assert failed(home) == DARK
    with LibraryWriter(home) as writer:
        writer.removals.forget_model("mean")
    asked.clear()
    run_index(home, [pictures], [picky], extractors)
    assert asked.count("picky") == 3


def test_indexing_again_tries_again(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool, asked: list[str]
) -> None:
    run_index(home, [pictures], both, extractors)
    with LibraryWriter(home) as writer:
        assert drop_for_reindexing(writer, "picky") == 4
    asked.clear()
    run_index(home, [pictures], both, extractors)
    assert asked == ["picky"] * 7
    assert failed(home) == DARK


def test_a_model_that_cannot_run_fails_alone(
    home: Home, pictures: Path, both: list[ModelSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    embed_image = Extractor.embed_image

    def breaks(extractor: Extractor, image: Image.Image) -> object:
        if extractor.spec.name == "picky":
            raise FinderError("It cannot be run.", "Install it again.")
        return embed_image(extractor, image)

    monkeypatch.setattr(Extractor, "embed_image", breaks)
    assert run_index(home, [pictures], both, ExtractorPool()).counts == Counts(new=7)
    assert set(failed(home).values()) == {Reason.MODEL_ERROR}
    assert len(assert_in_step(home, "mean")) == 7


def test_a_model_that_cannot_be_loaded_is_left_out_and_named(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool
) -> None:
    (mean, picky) = both
    lost = replace(picky, file=pictures / "nowhere.onnx")
    last = run_index(home, [pictures], [lost, mean], extractors)
    assert last.counts == Counts(new=7)
    assert last.notes[0].startswith("The model Picky cannot be loaded")
    assert last.switched_off == ()
    assert len(assert_in_step(home, "mean")) == 7
    assert failed(home) == {}
    with pytest.raises(FinderError, match="Picky cannot be loaded"):
        run_index(home, [pictures], [lost], extractors)
    assert run_index(home, [pictures], both, extractors).counts == Counts(new=4, failed=3)


# One that fails on most pictures


@pytest.mark.parametrize(
    ("tried", "failures", "mostly"), [(19, 19, False), (20, 10, False), (20, 11, True)]
)
def test_when_a_model_fails_mostly(tried: int, failures: int, mostly: bool) -> None:
    assert fails_mostly(tried, failures) is mostly


def test_a_model_that_fails_mostly_is_switched_off(
    home: Home, tmp_path: Path, both: list[ModelSpec], extractors: ExtractorPool, asked: list[str]
) -> None:
    folder = paint(tmp_path / "night", light=3, dark=60)
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, Settings(models_on=("mean", "picky")))
    last = run_index(home, [folder], both, extractors)
    assert len(assert_in_step(home, "mean")) == 63
    assert asked.count("picky") < 40
    (note,) = last.notes
    assert note.startswith("Picky failed on ")
    assert note.endswith("It is switched off for new pictures.")
    assert last.switched_off == ("picky",)
    with closing(Catalogue(home)) as catalogue:
        assert load_settings(catalogue).models_on == ("mean",)


def test_a_model_with_words_goes_on_when_another_one_is_switched_off(
    home: Home, tmp_path: Path, mean: ModelSpec, picky: ModelSpec, extractors: ExtractorPool
) -> None:
    words = TextSpec(mean.file, "", mean.file, "", 16, "tokens", "vector")
    folder = paint(tmp_path / "night", light=3, dark=60)
    last = run_index(home, [folder], [replace(mean, text=words), picky], extractors)
    assert last.switched_off == ("picky",)
    assert len(assert_in_step(home, "mean")) == 63


def test_if_all_models_are_on_the_others_stay_on(
    home: Home,
    tmp_path: Path,
    specs: Sequence[ModelSpec],
    picky: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    run_index(home, [paint(tmp_path / "night", light=0, dark=25)], [picky], extractors)
    with closing(Catalogue(home)) as catalogue:
        left = load_settings(catalogue).models_on
    assert indexing_models(left, [*specs, picky]) == list(specs)


def test_if_it_was_the_only_one_the_run_ends_and_the_rest_waits(
    home: Home, tmp_path: Path, picky: ModelSpec, mean: ModelSpec, extractors: ExtractorPool
) -> None:
    folder = paint(tmp_path / "night", light=0, dark=60)
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, Settings(models_on=("picky",)))
    last = run_index(home, [folder], [picky], extractors)
    assert 20 <= last.counts.failed < 40
    assert "Picky failed on" in last.notes[0]
    with closing(Catalogue(home)) as catalogue:
        assert load_settings(catalogue).models_on == ("efficientnet-lite0",)
    assert run_index(home, [folder], [mean], extractors).counts == Counts(new=60)


def test_small_runs_add_up(
    home: Home, tmp_path: Path, both: list[ModelSpec], extractors: ExtractorPool
) -> None:
    for number in range(2):
        folder = paint(tmp_path / str(number), light=0, dark=0)
        for place in range(11):
            Image.new("RGB", (40 + place, 50 + number)).save(folder / f"{place}.png")
        last = run_index(home, [folder], both, extractors)
        assert last.switched_off == (("picky",) if number else ())


# Kept, checked, and forgotten


def test_a_damaged_note_is_found_and_made_again(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool
) -> None:
    run_index(home, [pictures], both, extractors)
    with closing(Catalogue(home)) as catalogue:
        dark = catalogue.files.picture_of(str(pictures / "dark-0.png"))
        catalogue.connection.execute(
            "UPDATE failure SET reason = 'no-featurf' WHERE picture = ?", (dark,)
        )
    (finding,) = _checked(home, both, repair=False)
    assert "could not use a picture is damaged for 1 picture." in finding
    assert _checked(home, both, repair=True) == [finding]
    assert len(failed(home)) == 2
    run_index(home, [pictures], both, extractors)
    assert failed(home) == DARK
    assert _checked(home, both, repair=False) == []


def _checked(home: Home, specs: Sequence[ModelSpec], repair: bool) -> list[str]:
    *_, look = check(home, specs, [], repair)
    return [finding.sentence for finding in look.findings]


def test_a_restored_backup_has_them(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool
) -> None:
    run_index(home, [pictures], both, extractors)
    with LibraryWriter(home) as writer:
        make_backup(home, writer.catalogue.connection)
        writer.removals.forget_model("picky")
    assert failed(home) == {}
    with WriterLock(home):
        restore(home, find_backup(home, "latest"))
    assert failed(home) == DARK


def test_they_go_with_their_pictures(
    home: Home, pictures: Path, both: list[ModelSpec], extractors: ExtractorPool
) -> None:
    run_index(home, [pictures], both, extractors)
    (pictures / "dark-0.png").unlink()
    run_index(home, [pictures], both, extractors)
    assert len(failed(home)) == 2
    with LibraryWriter(home) as writer:
        writer.removals.forget_folder(str(pictures))
        assert writer.catalogue.failures.counts() == {}
        assert writer.catalogue.pictures.count() == 0


def test_a_copy_that_succeeds_cancels_the_failure(home: Home) -> None:
    """Two workers may have the same content in two files at the same time."""
    spec = tiny_spec()
    made = outcome(1, {"tiny": unit_vectors(np.random.default_rng(1), 1, 8)[0]})
    twin = FoundFile("/pictures/twin.jpg", 5, 5)
    lost = FileResult(twin, 1, made.facts, failures={"tiny": Failure(Reason.TOO_SLOW)})
    for batches in ([[made, lost]], [[made], [lost]], [[lost], [made]]):
        with LibraryWriter(home) as writer:
            writer.register_models([spec])
            for batch in batches:
                writer.write(batch)
            assert writer.catalogue.failures.counts() == {}
            assert writer.catalogue.embeddings.counts() == {"tiny": 1}
            writer.removals.forget_files([made.file.path, twin.path])
            writer.removals.purge()


def test_what_is_not_committed_is_not_there(home: Home, mean: ModelSpec) -> None:
    with LibraryWriter(home) as writer:
        writer.register_models([mean])
        with pytest.raises(ZeroDivisionError), writer.catalogue.transaction():
            writer.catalogue.pictures.put(1, FACTS)
            writer.catalogue.failures.put("mean", 1, Failure(Reason.CRASHED, "x"))
            raise ZeroDivisionError
        assert writer.catalogue.failures.counts() == {}


# In the child process


def test_a_model_that_never_ends_on_a_suspect_fails_alone(
    home: Home,
    pictures: Path,
    mean: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alone, "TIME_LIMIT", 4.0)
    endless = load_spec(never_ends(home.models))
    deadly = pictures / "dark-0.png"
    for path in pictures.glob("dark-[12].png"):
        path.unlink()
    Catalogue(home).close()
    home.suspects.write_text(json.dumps([str(deadly)]), encoding="ascii")
    last = run_index(home, [pictures], [endless, mean], extractors)
    assert last.counts == Counts(new=5)
    assert failed(home) == {("dark-0.png", "endless"): Reason.TOO_SLOW}
    assert len(in_catalogue(home, "mean")) == 5
    assert len(in_catalogue(home, "endless")) == 4
    assert CrashSuspects(home).paths == set()
    assert run_index(home, [pictures], [endless, mean], extractors).counts == Counts(unchanged=5)
