"""A model file is a program from an unknown source: what it must not do is refused."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hostile_models import (
    endless,
    external,
    greedy,
    hidden_in,
    hostile_model,
    model_of,
    node,
)
from hypothesis import given
from hypothesis import strategies as st
from model_folders import Made, edit_toml, make_model
from onnx import TensorProto, helper
from PIL import Image

from finder.core.errors import FinderError
from finder.core.models.manifest import load_spec
from finder.core.models.runtime import session
from finder.core.models.runtime.external_data import has_external_data
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.runtime.trial_records import note_trials, passed_trials
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.models.model_trial import ModelTrials

GREY = Image.new("RGB", (8, 6), "grey")
CHILD_COMMANDS = hidden_in(external("w.bin"))


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(FinderError) as fault:
        act()
    assert fault.value.hint
    return fault.value.sentence


# Data in other files


@pytest.mark.parametrize("place", CHILD_COMMANDS)
def test_data_in_another_file_is_seen_wherever_it_is(place: str) -> None:
    assert has_external_data(CHILD_COMMANDS[place])
    plain = helper.make_tensor("w", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])
    assert not has_external_data(hidden_in(plain)[place])


@pytest.mark.parametrize("where", ["beside", "parent", "absolute", "link", "nowhere"])
def test_a_model_with_data_in_another_file_is_refused(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime would look in the working directory."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    weights = np.ones(3, np.float32).tobytes()
    for folder in (work, tmp_path):
        (folder / "w.bin").write_bytes(weights)
    os.symlink(tmp_path / "w.bin", work / "link.bin")
    location = {
        "beside": "w.bin",
        "parent": "../w.bin",
        "absolute": str(tmp_path / "w.bin"),
        "link": "link.bin",
        "nowhere": "none.bin",
    }[where]
    nodes = [
        node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
        node("Add", ["mean", "w"], ["feature"]),
    ]
    axes = helper.make_tensor("axes", TensorProto.INT64, [2], [2, 3])
    folder = hostile_model(tmp_path, nodes, [axes, external(location)])
    sentence = refusal(lambda: Extractor(load_spec(folder)))
    assert sentence.endswith("part of it is in another file.")


def test_the_shipped_models_read_no_other_file(specs: list[ModelSpec]) -> None:
    assert not any(has_external_data(spec.file.read_bytes()) for spec in specs)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        has_external_data(content)
    except ValueError as error:
        assert str(error)


def test_deeply_nested_graphs_are_refused(tmp_path: Path) -> None:
    graph = b""
    for _ in range(100):  # node → attribute → graph
        for tag in (0x32, 0x2A, 0x0A):
            graph = bytes([tag]) + _varint(len(graph)) + graph
    content = b"\x3a" + _varint(len(graph)) + graph
    folder = model_of(tmp_path, content)
    assert "not an ONNX model" in refusal(lambda: Extractor(load_spec(folder)))


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


# Operators, sizes, outputs


@pytest.mark.parametrize("domain", ["evil.example", "com.microsoft.experimental"])
def test_an_unknown_operator_is_refused(domain: str, tmp_path: Path) -> None:
    folder = hostile_model(
        tmp_path, [node("Strange", ["pixels"], ["feature"], domain=domain)], domain=domain
    )
    sentence = refusal(lambda: Extractor(load_spec(folder)))
    assert f"{domain}:Strange" in sentence


def test_a_file_above_the_limit_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    size = spec.file.stat().st_size
    monkeypatch.setattr(session, "MAX_BYTES", size)
    Extractor(spec)
    monkeypatch.setattr(session, "MAX_BYTES", size - 1)
    assert "larger than 2 GB" in refusal(lambda: Extractor(spec))


@pytest.mark.parametrize(
    ("line", "much"), [("dimension = 3", 32_769), ("height = 6", 4_097), ("width = 8", 4_097)]
)
def test_sizes_above_the_limits_are_refused(line: str, much: int, tmp_path: Path) -> None:
    folder = make_model(tmp_path, Made())
    edit_toml(folder, line, f"{line.split()[0]} = {much}")
    assert f"from 1 to {much - 1}" in refusal(lambda: load_spec(folder))


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        ([node("Flatten", ["pixels"], ["feature"])], "dimension"),
        ([node("Size", ["pixels"], ["feature"])], ""),
        ([node("Cast", ["pixels"], ["feature"], to=TensorProto.STRING)], ""),
        ([node("SequenceConstruct", ["pixels"], ["feature"])], ""),
        ([node("Reshape", ["pixels", "pixels"], ["feature"])], ""),
    ],
    ids=["too long", "whole number", "text", "list", "not valid"],
)
def test_an_output_that_is_no_feature_is_refused(
    nodes: list[object], named: str, tmp_path: Path
) -> None:
    folder = hostile_model(tmp_path, nodes)  # type: ignore[arg-type]
    sentence = refusal(lambda: Extractor(load_spec(folder)).embed_image(GREY))
    assert named in sentence


def test_a_model_that_fails_at_inference_is_reported(tmp_path: Path) -> None:
    nodes = [
        node("Shape", ["pixels"], ["shape"]),
        node("Cast", ["level"], ["wanted"], to=TensorProto.INT64),
        node("ReduceMax", ["pixels"], ["most"], keepdims=0),
        node("Reshape", ["most", "one"], ["level"]),
        node("Reshape", ["pixels", "wanted"], ["feature"]),
    ]
    one = helper.make_tensor("one", TensorProto.INT64, [1], [1])
    folder = hostile_model(tmp_path, [nodes[0], *nodes[2:4], nodes[1], nodes[4]], [one])
    sentence = refusal(lambda: Extractor(load_spec(folder)).embed_image(GREY))
    assert sentence.startswith("The model Mean colour cannot be loaded")


@pytest.mark.parametrize("at", [0, 100, -1])
def test_one_changed_byte_is_noticed(at: int, tmp_path: Path) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    content = bytearray(spec.file.read_bytes())
    content[at] ^= 1
    spec.file.write_bytes(content)
    assert "not the one its model.toml describes" in refusal(lambda: Extractor(spec))


# The trial run


def test_a_good_model_is_tried_once_and_remembered(home: Home, tmp_path: Path) -> None:
    spec = load_spec(make_model(home.models, Made()))
    ExtractorPool(ModelTrials(home)).get(spec).embed_image(GREY)
    (kept,) = json.loads(home.tried.read_text())
    assert kept.startswith(spec.sha256)
    os.remove(spec.file)  # a second trial could not pass
    ModelTrials(home)(spec)


def test_another_file_is_tried_and_after_damage_every_file_again(home: Home) -> None:
    trials = ModelTrials(home)
    trials(load_spec(make_model(home.models, Made(name="one"))))
    home.tried.write_text("{" + home.tried.read_text())  # which is damaged, and counts for nothing
    ModelTrials(home)(load_spec(home.models / "one"))
    trials(load_spec(make_model(home.models, Made(name="two", times=2.0))))
    assert len(json.loads(home.tried.read_text())) == 2


@pytest.mark.parametrize("kept", ["", "{", "7", '{"a": 1}', "[1, null]"])
def test_a_damaged_record_counts_for_nothing(kept: str, home: Home) -> None:
    home.root.mkdir()
    home.tried.write_text(kept)
    assert passed_trials(home) == []
    note_trials(home, ["a"])
    assert passed_trials(home) == ["a"]


def test_a_shipped_model_is_not_tried(home: Home, fast_spec: ModelSpec) -> None:
    ModelTrials(home)(fast_spec)
    assert not home.tried.exists()


def test_a_model_that_never_ends_is_refused(home: Home) -> None:
    spec = load_spec(endless(home.models))
    sentence = refusal(lambda: ExtractorPool(ModelTrials(home, seconds=2)).get(spec))
    assert sentence == "The model Mean colour took more than 2 seconds for one picture."
    assert not home.tried.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory there")
@pytest.mark.parametrize("gigabytes", [5, 100])
def test_a_model_that_takes_all_memory_is_refused(gigabytes: int, home: Home) -> None:
    spec = load_spec(greedy(home.models, gigabytes))
    sentence = refusal(lambda: ExtractorPool(ModelTrials(home)).get(spec))
    assert sentence.startswith("The model Mean colour cannot be loaded")


def test_a_model_replaced_before_its_trial_is_refused(home: Home) -> None:
    spec = load_spec(make_model(home.models, Made()))
    spec.file.write_bytes(spec.file.read_bytes() + b"\0")
    sentence = refusal(lambda: ModelTrials(home)(spec))
    assert "not the one its model.toml describes" in sentence
