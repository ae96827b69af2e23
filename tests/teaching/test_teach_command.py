"""`image-finder teach` on real pictures with real models; the taught model is used as any other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import error_of, output_of, run
from making import assert_all_in_step, copied, in_catalogue, matrix_vectors
from sharing import made_once

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import LibraryBusyError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.model_folders import require_name_free
from finder.core.models.registry import list_models, pick_models
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.known_files import is_known
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import decode, read_file
from finder.core.teaching import parity
from finder.core.teaching.heads import Method
from finder.core.writer_lock import WriterLock
from finder.use_cases.evaluation import teach_model as teaching
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.evaluation.measuring_steps import Phase, Step
from finder.use_cases.evaluation.teach_model import Taught, TeachingWish, teach_model
from finder.workers.extractor_pools import open_extractors

LITE0, LITE2, VGG = "efficientnet-lite0", "efficientnet-lite2", "vgg16"
NAME = "taught"


@pytest.fixture
def library(indexed_samples: Home, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(indexed_samples.root, tmp_path / "library")))


@pytest.fixture
def taught(
    indexed_samples: Home,
    samples: Path,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> Home:
    """A library of the samples with a model that was taught their folders."""

    def make(folder: Path) -> None:
        home = Home(Path(shutil.copytree(indexed_samples.root, folder / "home")))
        printed = output_of("teach", samples, "--name", NAME, "--json", home=home)
        (folder / "printed").write_text(printed)

    shared = made_once(tmp_path_factory, "taught-samples", make)
    shutil.copy(shared / "printed", tmp_path / "printed")
    return Home(Path(shutil.copytree(shared / "home", tmp_path / "taught")))


def spec_of(home: Home, name: str) -> ModelSpec:
    return pick_models(list_models(home.model_dirs())[0], [name])[0]


def path_of(home: Home, picture: int) -> str:
    with closing(Catalogue(home)) as catalogue:
        return catalogue.pictures.get([picture])[picture].paths[0]


def assert_as_extracted(home: Home, name: str, number: int) -> None:
    """The stored vectors are those that the file gives, by the ordinary extractor."""
    spec = spec_of(home, name)
    extractor = Extractor(spec)
    stored = matrix_vectors(home, name)
    for picture in sorted(stored)[:: max(1, len(stored) // number)]:
        image = decode(read_file(path_of(home, picture)), spec.decode_side).image
        assert float(stored[picture] @ extractor.embed_image(image)) > 1 - 1e-4


def test_the_stored_vectors_are_those_of_the_new_file(taught: Home) -> None:
    spec = spec_of(taught, NAME)
    vectors = assert_all_in_step(taught, [NAME])[NAME]
    assert vectors.keys() == in_catalogue(taught, LITE0)
    assert {len(vector) for vector in vectors.values()} == {spec.dimension}
    assert spec.dimension < spec_of(taught, LITE0).dimension
    assert_as_extracted(taught, NAME, 8)
    assert output_of("check", home=taught) == "No problems were found.\n"


def test_a_search_needs_no_extraction(
    taught: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a picture was extracted")

    monkeypatch.setattr(Extractor, "features", refuse)
    query = samples / "castles" / "chambord.jpg"
    found = json.loads(
        output_of("search", query, "--model", NAME, "--top", "3", "--json", home=taught)
    )
    first = found["models"][NAME][0]
    assert first["path"] == str(query) or str(query) in first.get("paths", [])
    assert len(found["models"][NAME]) == 3


def test_new_pictures_are_embedded_with_the_taught_model(
    taught: Home, samples: Path, tmp_path: Path
) -> None:
    source = samples / "cats" / "kitten.jpg"
    (new,) = copied([source], tmp_path / "more")
    new.write_bytes(source.read_bytes() + b"another content id")
    before = in_catalogue(taught, NAME)
    output_of("index", new.parent, "--model", NAME, home=taught)
    added = in_catalogue(taught, NAME) - before
    assert len(added) == 1
    assert_as_extracted(taught, NAME, 4)


def test_the_card_says_how_it_was_made(taught: Home, samples: Path, tmp_path: Path) -> None:
    spec, base = spec_of(taught, NAME), spec_of(taught, LITE0)
    card = spec.extra["taught"]
    assert (spec.licence, spec.kind) == (base.licence, "onnx")
    assert is_known(taught, spec)
    assert card["bases"] == [{"name": LITE0, "sha256": base.sha256}]
    assert card["labels"]["castles"] == len(list((samples / "castles").glob("*.jpg")))
    assert card["pictures"] == 80
    printed: dict[str, Any] = json.loads((tmp_path / "printed").read_text())
    assert (printed["name"], printed["stored"], printed["lacking"]) == (NAME, 80, 0)
    for group in ("held_out_pictures", "labels_not_taught"):
        assert printed[group] == card[group]
        means = card[group]["map"]
        assert card[group]["gain"] == pytest.approx(means[NAME] - means[LITE0], abs=2e-4)
    assert "EfficientNet-Lite0, taught 13 labels with 80 pictures." in spec.description
    assert NAME in output_of("models", home=taught)
    output_of("models", "remove", NAME, "--yes", home=taught)
    assert not (taught.models / NAME).exists()
    assert in_catalogue(taught, NAME) == set()


def test_the_same_seed_gives_the_same_model(taught: Home, samples: Path) -> None:
    words = ("--method", "discriminant", "--seed", "7")
    for name in ("one", "two"):
        output_of("teach", samples, "--name", name, *words, home=taught)
    one, two = spec_of(taught, "one"), spec_of(taught, "two")
    assert one.sha256 == two.sha256
    assert one.extra["taught"]["seed"] == 7


def test_two_models_become_one(library: Home, samples: Path) -> None:
    """They take the same picture, with another mean and deviation."""
    bases = ("--base", LITE0, "--base", VGG)
    shown = output_of("teach", samples, "--name", "both", *bases, home=library)
    spec = spec_of(library, "both")
    assert spec.licence == "Apache-2.0 AND CC-BY-4.0"
    assert_as_extracted(library, "both", 3)
    for words in (LITE0, VGG, "Labels that were not taught", "both has vectors of 80 pictures."):
        assert words in shown


def test_it_says_what_is_in_the_way(library: Home, samples: Path, tmp_path: Path) -> None:
    def refused(*words: str | Path) -> str:
        return error_of("teach", *words, home=library)

    one = tmp_path / "one"
    copied((samples / "cats").glob("*.jpg"), one / "cats")
    pair = ("--base", LITE0, "--base", LITE2)
    assert "pictures of different size" in refused(samples, "--name", "a", *pair)
    assert "without a network" in refused(samples, "--name", "a", "--base", "phash-64")
    assert "no model called" in refused(samples, "--name", "a", "--base", "lite0")
    assert "already a model called" in refused(samples, "--name", VGG)
    assert "not a valid model name" in refused(samples, "--name", "Ä b")
    assert "This needs labels" in refused("--name", "a")
    assert "at least two labels with 4 pictures" in refused(one, "--name", "a")
    assert not library.models.exists() or not any(library.models.glob("[!.]*"))


def test_a_library_without_vectors_says_so(tmp_path: Path, samples: Path) -> None:
    home = Home(tmp_path / "empty")
    table = tmp_path / "labels.csv"
    table.write_text(f"path,label\n{samples / 'cats' / 'kitten.jpg'},cat\n")
    ended = run("teach", "--labels", table, "--name", "a", home=home)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr


# Stopped


def teaching_run(
    home: Home, samples: Path, stop: CancelToken | None = None
) -> Generator[Step, None, Taught]:
    wish = TeachingWish("stopped", (spec_of(home, LITE0),), (Method.DISCRIMINANT,))
    source = LabelSource((str(samples),))
    return teach_model(home, partial(open_extractors, home), "a test", source, wish, stop=stop)


def assert_nothing_was_kept(home: Home) -> None:
    assert "stopped" not in {spec.name for spec in list_models(home.model_dirs())[0]}
    assert not any(home.models.iterdir())
    assert in_catalogue(home, "stopped") == set()
    assert output_of("check", home=home) == "No problems were found.\n"


def test_cancelling_in_the_middle_of_storing_leaves_nothing(
    library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "_BLOCK", 10)
    with closing(teaching_run(library, samples)) as steps:
        for step in steps:
            if step.phase is Phase.STORING and step.share > 0.3:
                break
        assert len(in_catalogue(library, "stopped")) >= 20
    assert_nothing_was_kept(library)


def test_a_file_that_computes_something_else_is_not_kept(
    library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "_LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(Exception, match="does not compute what was taught"):
        for _ in teaching_run(library, samples):
            pass
    assert_nothing_was_kept(library)


def test_a_library_that_another_program_writes_to_gets_no_new_model(
    library: Home, samples: Path
) -> None:
    """Its name is free, once that one has ended."""
    with WriterLock(library, "another program"), pytest.raises(LibraryBusyError):
        for _ in teaching_run(library, samples):
            pass
    assert not library.models.exists() or not any(library.models.iterdir())
    require_name_free(library, "stopped")


def test_stopping_once_all_is_stored_leaves_nothing(library: Home, samples: Path) -> None:
    stop = CancelToken()
    run = teaching_run(library, samples, stop)
    for step in run:
        if step == Step(Phase.STORING, 1.0):
            break
    stop.set()
    with pytest.raises(Cancelled):
        next(run)
    assert_nothing_was_kept(library)


class BusyOnceStored(CancelToken):
    """Stops as soon as the vectors are stored; by then, another program writes to the library."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self.other = WriterLock(home, "another program")

    def check(self) -> None:
        if (self._home.models / "stopped").exists():
            self.other.acquire()
            raise Cancelled


def test_what_cannot_be_taken_back_leaves_its_name_free(library: Home, samples: Path) -> None:
    stop = BusyOnceStored(library)
    with pytest.raises(Cancelled):
        for _ in teaching_run(library, samples, stop):
            pass
    stop.other.release()
    require_name_free(library, "stopped")
    assert len(in_catalogue(library, "stopped")) == 80
    output_of("models", "remove", "stopped", "--yes", home=library)
    assert in_catalogue(library, "stopped") == set()
    assert_nothing_was_kept(library)


class Killed(BaseException):
    """The process was killed: nothing that follows is done."""


def test_killed_in_the_middle_of_storing_the_library_is_sound(
    library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model and what was stored are there; the next run computes the rest."""
    monkeypatch.setattr(teaching, "_BLOCK", 10)
    monkeypatch.setattr(teaching, "_take_back", lambda *_: None)
    run = teaching_run(library, samples)
    for step in run:
        if step.phase is Phase.STORING and step.share > 0.3:
            break
    with pytest.raises(Killed):
        run.throw(Killed())
    stored = len(in_catalogue(library, "stopped"))
    assert 20 <= stored < 80
    assert output_of("check", home=library) == "No problems were found.\n"
    output_of("index", samples, "--model", "stopped", home=library)
    vectors = assert_all_in_step(library, ["stopped"])["stopped"]
    assert len(vectors) == 80
    np.testing.assert_allclose([np.linalg.norm(v) for v in vectors.values()], 1.0, atol=1e-5)
