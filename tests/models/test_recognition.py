"""A model that is known is recognised by what is in its file, not by its name."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from command_line import output_of
from import_children import no_children
from importable import classifier, saved
from offered_graphs import graph_of, offered_as
from onnx import numpy_helper

from finder.core.models.downloads.offers import Offer, catalogue_file, find_offer, read_offers
from finder.core.models.graph.truncation import OUTPUT, truncate
from finder.core.models.importing import recognition as recognising
from finder.core.models.importing.inspection import Inspection, inspect_model
from finder.core.models.importing.model_import import make_model, proposal, recognition_sentence
from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import add_model
from finder.core.models.presets import KNOWN
from finder.core.models.registry import list_models
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir

LITE0 = load_spec(shipped_models_dir() / "efficientnet-lite0")
RESNET = find_offer(read_offers(catalogue_file()), "resnet50-v1-12")


def made(home: Home, findings: Inspection, folder: Path, preset: str = "") -> ModelSpec:
    """The model as it is proposed. preset: another preprocessing."""
    folder.mkdir()
    choice = proposal(home, findings)
    make_model(replace(choice, preset=preset) if preset else choice, folder)
    return load_spec(folder)


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> tuple[Offer, onnx.ModelProto]:
    """The only one of the catalogue, small, and its file."""
    model, _ = graph_of(RESNET)
    offer = offered_as(RESNET, model.SerializeToString())
    monkeypatch.setattr(recognising, "_offers", lambda: [offer])
    return offer, model


@pytest.mark.parametrize("name", ["vgg16.onnx", "x.onnx", "vgg16/model.onnx"])
def test_a_file_that_ships_is_recognised_under_any_name(
    home: Home, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    shutil.copy(LITE0.file, path)
    found = inspect_model(path)
    assert found.known is not None
    assert (found.known.title, found.preset) == ("EfficientNet-Lite0", KNOWN)
    assert found.preset_reason == "this is EfficientNet-Lite0"
    sentence = "This is EfficientNet-Lite0, which is installed already."
    assert recognition_sentence(home, found.known) == sentence
    spec = made(home, found, tmp_path / "made")
    assert spec.input == LITE0.input
    assert (spec.dimension, spec.licence, spec.source) == (1_280, LITE0.licence, LITE0.source)
    assert spec.name == "efficientnet-lite0-2"
    assert spec.title == "EfficientNet-Lite0 (efficientnet-lite0-2)"


def test_every_file_that_ships_is_recognised(tmp_path: Path) -> None:
    for name in ("efficientnet-lite2", "vgg16"):
        path = Path(shutil.copy(shipped_models_dir() / name / "model.onnx", tmp_path / "a.onnx"))
        found = inspect_model(path)
        assert found.known is not None
        assert found.known.name == name


def test_a_file_of_which_a_part_is_a_known_model_is_recognised(home: Home, tmp_path: Path) -> None:
    """One that was written again, with other names, and with classes behind the feature."""
    model = onnx.load(LITE0.file)
    for number, node in enumerate(model.graph.node):
        node.name = f"node{number}"
    model.doc_string = "a vgg16, says this file"
    classes = numpy_helper.from_array(np.ones((1_280, 10), np.float32), "classes")
    model.graph.initializer.append(classes)
    model.graph.node.append(onnx.helper.make_node("MatMul", ["embedding", "classes"], ["scores"]))
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info("scores"))
    found = inspect_model(saved(model, tmp_path, "vgg16.onnx"), home=home)
    assert found.known is not None
    assert found.known.name == "efficientnet-lite0"
    assert made(home, found, tmp_path / "made").input == LITE0.input


def test_a_file_of_the_catalogue_is_recognised(
    home: Home, tmp_path: Path, offer: tuple[Offer, onnx.ModelProto]
) -> None:
    offered, model = offer
    path = saved(model, tmp_path, "vgg16.onnx")
    found = inspect_model(path)
    assert found.known is not None
    assert recognition_sentence(home, found.known) == "This is ResNet-50."
    assert found.candidates[0].feature == offered.feature(model.graph)
    spec = made(home, found, tmp_path / "made")
    assert (spec.name, spec.title) == ("resnet50-v1-12", "ResNet-50")
    assert spec.input == replace(offered.spec.input, name=spec.input.name)


def test_an_installed_model_is_recognised_truncated_and_whole(
    home: Home, tmp_path: Path, offer: tuple[Offer, onnx.ModelProto]
) -> None:
    offered, model = offer
    size = offered.spec.input.height, offered.spec.input.width
    part = truncate(model, offered.feature(model.graph), size)
    added = add_model(home, replace(offered.spec, output=OUTPUT), part.content)
    as_installed = Path(shutil.copy(added.file, tmp_path / "a.onnx"))
    model.doc_string = "another file now"
    for path in (as_installed, saved(model, tmp_path, "b.onnx")):
        found = inspect_model(path, home=home)
        assert found.known is not None
        assert found.known.name == "resnet50-v1-12"
        assert inspect_model(path).known is None, "without the library nobody knows"


def test_other_weights_are_another_model(home: Home, tmp_path: Path) -> None:
    model = onnx.load(LITE0.file)
    tensor = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    changed = numpy_helper.to_array(tensor).copy()
    changed.flat[0] += 1
    tensor.CopyFrom(numpy_helper.from_array(changed, tensor.name))
    assert inspect_model(saved(model, tmp_path, "efficientnet-lite0.onnx"), home=home).known is None
    assert inspect_model(saved(classifier(), tmp_path), home=home).known is None


@no_children
def test_the_command_line_says_so(home: Home, tmp_path: Path) -> None:
    path = Path(shutil.copy(LITE0.file, tmp_path / "vgg16.onnx"))
    shown = output_of("models", "import", path, "--yes", home=home)
    assert shown.startswith("This is EfficientNet-Lite0, which is installed already.\n")
    assert "Preprocess  known: As EfficientNet-Lite0 takes pictures – this is" in shown
    (spec,), _ = list_models([home.models])
    assert spec.input == LITE0.input


def test_another_preprocessing_can_be_chosen(home: Home, tmp_path: Path) -> None:
    path = Path(shutil.copy(LITE0.file, tmp_path / "x.onnx"))
    assert made(home, inspect_model(path), tmp_path / "made", "signed").input.mean == (127.5,) * 3
