"""A model from an unknown source is inspected in another process, where it can do no harm."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from importable import EXPORTED, endless

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.core.models.importing import inspection as examining
from finder.core.models.importing.model_import import ImportChoice, proposal
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.sample_matches import match_samples
from finder.jobs.import_preview import preview_import
from finder.use_cases.models import import_model
from finder.workers.models import model_import_process as importing


def choice_of(home: Home, name: str) -> ImportChoice:
    """What is proposed for a model of ours, which can be inspected here."""
    return proposal(home, examining.inspect_model(EXPORTED / name))


def test_the_other_process_finds_what_this_one_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the path is relative to this process's folder."""
    path = EXPORTED / "torch_cnn.onnx"
    assert importing.inspect_in_child(path) == examining.inspect_model(path)
    monkeypatch.chdir(EXPORTED)
    named = importing.inspect_in_child(Path(path.name), feature="relu_2:max")
    assert named == examining.inspect_model(Path(path.name), feature="relu_2:max")
    assert named.file == Path(path.name)
    assert named.image.name == "x"


def test_a_prepared_model_is_deleted_unless_kept(home: Home) -> None:
    with importing.truncated(choice_of(home, "torch_vit_one.onnx")) as made:
        assert not made.batch_free
        kept = importing.add_truncated(home, made)
        other = importing.add_truncated(home, made, "other")
        assert made.spec.file.is_file()
    assert not made.spec.file.exists()
    assert kept.title == "torch_vit_one"
    assert (other.name, other.title) == ("other", "other")
    assert all(model.file.is_relative_to(home.models) for model in (kept, other))


def test_a_model_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_SECONDS", 2)  # of processor time
    with pytest.raises(FinderError, match=r"made\.onnx could not be examined"):
        importing.inspect_in_child(endless(tmp_path))


def test_a_cancelled_inspection_ends_the_process(tmp_path: Path) -> None:
    stop = CancelToken()
    timer = threading.Timer(1.0, stop.set)
    timer.start()
    try:
        with pytest.raises(Cancelled):
            importing.inspect_in_child(endless(tmp_path), token=stop)
    finally:
        timer.join()


def test_another_process_matches_the_samples_as_this_one_would(home: Home, samples: Path) -> None:
    with importing.truncated(choice_of(home, "torch_cnn.onnx")) as made:
        steps = list(importing.match_samples_in_child(made.spec))
        *_, here = match_samples(Extractor(made.spec), samples)
    assert steps[-1] == here
    assert [step.done for step in steps] == sorted({step.done for step in steps})


def test_a_model_that_fails_on_the_samples(home: Home) -> None:
    with importing.truncated(choice_of(home, "torch_cnn.onnx")) as made:
        made.spec.file.write_bytes(b"another one")
        with pytest.raises(FinderError, match="is not the one its model"):
            list(importing.match_samples_in_child(made.spec))


def test_a_cancelled_trial_ends_the_process(home: Home) -> None:
    with importing.truncated(choice_of(home, "torch_cnn.onnx")) as made:
        stop = CancelToken()
        looks = importing.match_samples_in_child(made.spec, stop)
        next(looks)
        stop.set()
        with pytest.raises(Cancelled):
            list(looks)


def test_a_model_cancelled_while_it_is_written_is_not_there(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, names = CancelToken(), SimpleQueue[str]()
    names.put("own")

    add = importing.add_truncated

    def keep_slowly(*words: Any) -> ModelSpec:
        kept = add(*words)
        stop.set()
        return kept

    monkeypatch.setattr(import_model, "add_truncated", keep_slowly)
    findings = examining.inspect_model(EXPORTED / "torch_cnn.onnx")
    feature, preset = findings.candidates[0].feature, findings.preset
    with pytest.raises(Cancelled):
        list(preview_import(home, findings, feature, preset, None, names, stop))
    assert list(home.models.iterdir()) == []
