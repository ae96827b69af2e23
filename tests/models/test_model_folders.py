"""A model that is added is complete in its folder, or not there at all."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from model_folders import Made, make_model
from onnx import TensorProto
from PIL import Image
from word_models import make_word_model

from finder.core.errors import FinderError
from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import add_model, add_text_tower, remove_stale_folders
from finder.core.models.registry import list_models
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


@pytest.fixture
def given(tmp_path: Path) -> tuple[ModelSpec, bytes]:
    made = Made(layout="NHWC", resize="crop", colour="BGR", element=TensorProto.UINT8)
    folder = make_model(tmp_path / "elsewhere", made)
    spec = load_spec(folder)
    given = replace(spec.input, keep=0.875, dtype="uint8", mean=(0.0, 0.5, 0.0), std=(1.0,) * 3)
    spec = replace(spec, title='Quote " \\ “ü” 🐦\n[x]', source="C:\\new\\x")
    return replace(spec, input=given), spec.file.read_bytes()


def test_everything_known_about_it_is_stored(given: tuple[ModelSpec, bytes], home: Home) -> None:
    spec, content = given
    added = add_model(home, spec, content)
    assert added == replace(spec, file=home.models / spec.name / "model.onnx")
    assert list_models([home.models]) == ([added], [])
    vector = Extractor(added).embed_image(Image.new("RGB", (9, 9), (10, 20, 30)))
    expected = np.array([30.0, 20.0, 10.0])  # BGR; 19.5 is rounded, as the type demands
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-6)


def test_a_name_that_is_taken_is_refused(given: tuple[ModelSpec, bytes], home: Home) -> None:
    spec, content = given
    add_model(home, spec, content)
    for name in (spec.name, "vgg16"):
        with pytest.raises(FinderError, match="already a model called"):
            add_model(home, replace(spec, name=name), content)


def test_a_failed_installation_leaves_nothing(
    given: tuple[ModelSpec, bytes], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, content = given
    with pytest.raises(FinderError, match="dimension must be"):
        add_model(home, replace(spec, dimension=0), content)

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FinderError, match="No space left"):
        add_model(home, spec, content)
    assert list(home.models.iterdir()) == []


@pytest.fixture
def without_words(given: tuple[ModelSpec, bytes], home: Home) -> ModelSpec:
    return add_model(home, *given)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_words_that_cannot_be_saved_leave_nothing(
    without_words: ModelSpec,
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
) -> None:
    text = make_word_model(tmp_path / "words").text
    assert text is not None
    before = set(home.models.rglob("*"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(FinderError, match="could not be saved") as failed:
        add_text_tower(without_words, text)
    assert "Free some space" in failed.value.hint
    monkeypatch.undo()
    assert set(home.models.rglob("*")) == before
    assert add_text_tower(without_words, text).text is not None
    names = {path.name for path in home.models.rglob("*") if path not in before}
    assert names == {"text.onnx", "tokenizer.json"}


def test_words_of_a_killed_process_are_deleted_later(
    without_words: ModelSpec, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = make_word_model(tmp_path / "words").text
    assert text is not None
    seen: list[Path] = []

    def look(source: Path, target: Path) -> None:
        seen.append(source.parent)
        raise OSError

    monkeypatch.setattr("finder.core.models.model_folders.shutil.move", look)
    with pytest.raises(FinderError):
        add_text_tower(without_words, text)
    (left,) = seen
    left.mkdir()
    (left / "text.onnx").write_bytes(b"half")
    os.utime(left, (time.time() - 100_000,) * 2)
    remove_stale_folders(home)
    assert not left.exists()
