"""A stranger's model is looked at elsewhere, and what it does there does no harm."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from importable import EXPORTED, model_of, node, saved, whole
from onnx import TensorProto, helper

from finder.core.errors import FinderError
from finder.core.models import examining
from finder.core.models.importing import proposal
from finder.core.paths import Home
from finder.core.stop import Stop, Stopped
from finder.jobs import importing


def endless(folder: Path) -> Path:
    """It looks at a picture for ever."""
    body = helper.make_graph(
        [node("Identity", ["go"], ["go_on"]), node("Identity", ["kept"], ["kept_on"])],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("kept", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("kept_on", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        node("ReduceMean", ["image", "axes"], ["mean"], keepdims=0),
        node("Loop", ["", "yes", "mean"], ["feature"], body=body),
    ]
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    return saved(model_of(nodes, [whole("axes", [2, 3]), yes], outputs=["feature"]), folder)


def test_the_other_process_finds_what_this_one_would() -> None:
    path = EXPORTED / "torch_cnn.onnx"
    assert importing.examine(path) == examining.examine(path)
    named = importing.examine(path, feature="relu_2:max")
    assert named == examining.examine(path, feature="relu_2:max")


def test_what_is_prepared_is_gone_afterwards_unless_kept(home: Home) -> None:
    choice = proposal(home, importing.examine(EXPORTED / "torch_vit_one.onnx"))
    with importing.prepared(choice) as made:
        assert not made.batch_free
        kept = importing.keep(home, made)
        assert made.spec.file.is_file()
    assert not made.spec.file.exists()
    assert kept.file.is_relative_to(home.models)


def test_a_model_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_SECONDS", 4)
    with pytest.raises(FinderError, match=r"made\.onnx could not be examined"):
        importing.examine(endless(tmp_path))


def test_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    stop = Stop()
    timer = threading.Timer(1.0, stop.set)
    timer.start()
    try:
        with pytest.raises(Stopped):
            importing.examine(endless(tmp_path), stop=stop)
    finally:
        timer.join()
