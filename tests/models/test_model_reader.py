"""Broken and hostile model files: one sentence each, and nothing outside the folder is read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hostile_models import external, hidden_in
from importable import WIDTH, classifier, model_of, node, saved, weights
from onnx import ModelProto, TensorProto, external_data_helper, helper, numpy_helper

from finder.core.errors import FinderError
from finder.core.limits import MAX_BYTES
from finder.core.models.graph.truncation import Feature, truncate
from finder.core.models.importing.inspection import inspect_model
from finder.core.models.importing.model_reader import read_model


def refused(path: Path) -> str:
    with pytest.raises(FinderError) as caught:
        read_model(path)
    assert caught.value.hint
    assert caught.value.sentence.count("\n") == 0
    return caught.value.sentence


def in_two_files(folder: Path, location: str = "made.data") -> Path:
    """A classifier whose weights are in a file beside it."""
    model = classifier()
    external_data_helper.convert_model_to_external_data(model, location=location, size_threshold=0)
    path = folder / "made.onnx"
    external_data_helper.write_external_data_tensors(model, str(folder))
    path.write_bytes(model.SerializeToString())
    return path


def pointing(folder: Path, location: str, **entries: str) -> Path:
    """A model with one weight in that file."""
    tensor = external(location)
    for entry in tensor.external_data:
        entry.value = entries.get(entry.key, entry.value)
    return saved(model_of([node("Add", ["image", "w"], ["feature"])], [tensor]), folder)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"\0" * 1_000, "it is not an ONNX file, or it is damaged"),
        (b"this is no model", "it is not an ONNX file, or it is damaged"),
        (b"\x0a\x00", "it is not an ONNX file, or it is damaged"),
        (classifier().SerializeToString()[:-200], "it is not an ONNX file, or it is damaged"),
        (ModelProto(ir_version=10).SerializeToString(), "it has no graph"),
    ],
)
def test_what_is_no_model(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "made.onnx"
    path.write_bytes(content)
    sentence = refused(path)
    assert sentence.startswith("made.onnx cannot be imported: ")
    assert says in sentence or "it has no graph" in sentence


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "gone.onnx")
    assert "it is not a file" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe.onnx")
    assert "it is not a file" in refused(tmp_path / "pipe.onnx")


def test_more_than_2_gb_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "made.onnx"
    path.touch()
    os.truncate(path, MAX_BYTES + 1)
    assert "larger than 2 GB" in refused(path)


def test_absurd_nesting(tmp_path: Path) -> None:
    graph = b""
    for _ in range(300):  # Graph.node.attribute.graph and again
        for tag in (b"\x32", b"\x2a", b"\x0a"):
            size, length = len(graph), b""
            while size > 127:
                length += bytes([size & 127 | 128])
                size >>= 7
            graph = tag + length + bytes([size]) + graph
    path = tmp_path / "made.onnx"
    size, length = len(graph), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    path.write_bytes(b"\x3a" + length + bytes([size]) + graph)
    assert "it is not an ONNX file" in refused(path)


def test_a_graph_that_goes_in_a_circle(tmp_path: Path) -> None:
    nodes = [node("Add", ["image", "two"], ["one"]), node("Relu", ["one"], ["two"])]
    assert "depends on a later one" in refused(saved(model_of(nodes), tmp_path))


def test_two_nodes_with_the_same_output(tmp_path: Path) -> None:
    nodes = [node("Relu", ["image"], ["one"]), node("Abs", ["image"], ["one"])]
    assert "two nodes produce the same value" in refused(saved(model_of(nodes), tmp_path))


def test_data_beside_the_file_is_read_into_the_model(tmp_path: Path) -> None:
    model = read_model(in_two_files(tmp_path))
    (tmp_path / "made.data").unlink()
    assert truncate(model, Feature("feature", "whole")).dimension == WIDTH
    kernel = next(t for t in model.graph.initializer if t.name == "kernel")
    expected = numpy_helper.to_array(weights("kernel", WIDTH, 3, 3, 3))
    np.testing.assert_array_equal(numpy_helper.to_array(kernel), expected)


@pytest.mark.parametrize("place", sorted(hidden_in(external("w.data"))))
def test_data_is_found_wherever_it_can_be(place: str, tmp_path: Path) -> None:
    (tmp_path / "made.onnx").write_bytes(hidden_in(external("../w.data"))[place])
    (tmp_path.parent / "w.data").write_bytes(bytes(12))
    sentence = refused(tmp_path / "made.onnx")
    assert "outside its folder" in sentence or "it has no graph" in sentence


@pytest.mark.parametrize(
    "location",
    ["../w.data", "/etc/hostname", "a/../../w.data", "C:\\w.data", "..\\w.data", "", "a//b"],
)
def test_data_outside_of_the_folder(location: str, tmp_path: Path) -> None:
    (tmp_path.parent / "w.data").write_bytes(bytes(12))
    assert "outside its folder" in refused(pointing(tmp_path, location))


def test_data_behind_a_link(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "w.data").write_bytes(bytes(12))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "w.data").symlink_to(secret / "w.data")
    (folder / "below").symlink_to(secret)
    assert "outside its folder" in refused(pointing(folder, "w.data"))
    assert "outside its folder" in refused(pointing(folder, "below/w.data"))


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"length": "13"}, "too short"),
        ({"offset": "-1"}, "too short"),
        ({"offset": "1" * 30}, "too short"),
        ({"length": "many"}, "cannot be read"),
    ],
)
def test_incomplete_data(entries: dict[str, str], says: str, tmp_path: Path) -> None:
    (tmp_path / "w.data").write_bytes(bytes(12))
    assert says in refused(pointing(tmp_path, "w.data", **entries))
    (tmp_path / "w.data").unlink()
    assert "is missing from its folder" in refused(pointing(tmp_path, "w.data"))


def test_data_of_more_than_2_gb_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "w.data").touch()
    os.truncate(tmp_path / "w.data", MAX_BYTES)
    assert "larger than 2 GB" in refused(pointing(tmp_path, "w.data", length=str(MAX_BYTES)))


def test_unknown_operators(tmp_path: Path) -> None:
    made = model_of(
        [node("Guess", ["image"], ["feature"], domain="com.example")], outputs=["feature"]
    )
    made.opset_import.append(helper.make_opsetid("com.example", 1))
    with pytest.raises(FinderError, match=r"com\.example\.Guess"):
        inspect_model(saved(made, tmp_path))


def test_constants_that_claim_more_than_they_have(tmp_path: Path) -> None:
    liar = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[10**9, 10**9], raw_data=b"abcd")
    add = node("Add", ["image", "w"], ["feature"])
    path = saved(model_of([add], [liar], outputs=["feature"]), tmp_path)
    with pytest.raises(FinderError, match="cannot run this model"):
        inspect_model(path)


def test_endless_names(tmp_path: Path) -> None:
    nodes = [node("Flatten", ["image"], ["f" * 1_001]), node("Relu", ["f" * 1_001], ["out"])]
    path = saved(model_of(nodes, outputs=["out"]), tmp_path)
    assert "a name in it has more than 1,000 characters" in refused(path)
