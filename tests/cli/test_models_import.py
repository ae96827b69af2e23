"""`image-finder models import FILE`, as a user types it."""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import pytest
from command_line import answered, command, error_of, output_of, read_terminal, run
from import_children import no_children
from importable import EXPORTED, SIDE, classifier, model_of, node, saved, weights, whole
from onnx import TensorProto, helper

from finder.core.models.registry import list_models
from finder.core.paths import Home

CNN = EXPORTED / "torch_cnn.onnx"


def toml(home: Home, name: str) -> dict[str, object]:
    with open(home.models / name / "model.toml", "rb") as file:
        return tomllib.load(file)


def test_what_was_found_is_shown_and_added(home: Home) -> None:
    shown = output_of("models", "import", CNN, "--yes", home=home)
    assert "Picture     x (NCHW, float32): 32 × 32 pixels" in shown
    assert "Feature     view: 24 numbers, input of the last layer – " in shown
    assert "  or        relu_2:max: 24 numbers, maximum of the last feature map" in shown
    assert "Preprocess  imagenet: ImageNet's mean and deviation" in shown
    assert "  or        clip: " in shown
    assert "Nearest     chambord: chambord--mirrored 0." in shown
    assert "Nearest     goldfish: goldfish--smaller 0." in shown
    assert shown.endswith("Added the model “torch_cnn”.\n")
    (spec,), broken = list_models([home.models])
    assert (spec.name, spec.dimension, spec.source, broken) == (
        "torch_cnn",
        24,
        "torch_cnn.onnx",
        [],
    )


@no_children
def test_its_title_is_its_name_and_the_next_command_is_printed(home: Home) -> None:
    output_of("models", "--off", "vgg16", home=home)  # from now on new models are not on
    words = "models", "import", CNN, "--yes", "--name"
    output_of(*words, "one", home=home)
    added = run(*words, "two", home=home)
    assert "“image-finder index --model two” indexes" in added.stderr
    specs, _ = list_models([home.models])
    assert [spec.title for spec in specs] == ["one", "two"]
    assert "two was removed." in output_of("models", "remove", "two", "--yes", home=home)


@no_children
def test_what_is_added_indexes_and_finds(home: Home, samples: Path) -> None:
    output_of("models", "import", EXPORTED / "keras_cnn.onnx", "--yes", "--name", "own", home=home)
    output_of("index", samples / "fish", "--model", "own", home=home)
    found = output_of("search", samples / "fish" / "goldfish.jpg", "--model", "own", home=home)
    assert "goldfish.jpg" in found.splitlines()[0]


@no_children
def test_everything_can_be_chosen(home: Home) -> None:
    words = ["--feature", "relu_2:max", "--preprocess", "signed", "--name", "mine", "--yes"]
    shown = output_of("models", "import", CNN, *words, home=home)
    assert "Feature     relu_2:max: 24 numbers, chosen by you" in shown
    assert "Preprocess  signed: −1 … 1 – you chose it" in shown
    made = toml(home, "mine")
    assert made["description"] == "Imported from torch_cnn.onnx: max of relu_2."
    assert made["input"] == {
        "name": "x",
        "layout": "NCHW",
        "dtype": "float32",
        "height": 32,
        "width": 32,
        "resize": "crop",
        "keep": 0.875,
        "resample": "bilinear",
        "colour": "RGB",
        "mean": [127.5] * 3,
        "std": [127.5] * 3,
    }


@no_children
def test_the_version_depends_on_feature_and_preprocessing_the_title_on_the_name(home: Home) -> None:
    versions = set()
    for words in ([], ["--feature", "relu_2:max"], ["--preprocess", "unit"], []):
        output_of("models", "import", CNN, *words, "--yes", home=home)
    for name in ("torch_cnn", "torch_cnn-2", "torch_cnn-3", "torch_cnn-4"):
        versions.add(toml(home, name)["version"])
        assert toml(home, name)["title"] == name
    assert len(versions) == 3


@no_children
def test_a_size_can_be_chosen_where_the_model_accepts_any(tmp_path: Path, home: Home) -> None:
    path = saved(classifier(shape=("n", 3, "h", "w")), tmp_path)
    shown = output_of("models", "import", path, "--size", "48", "--yes", home=home)
    assert "any size; 48 × 48 pixels unless you give --size" in shown
    (spec,), _ = list_models([home.models])
    assert (spec.input.height, spec.input.width) == (48, 48)


@no_children
@pytest.mark.parametrize("answer", ["n", "", "\x04"], ids=["no", "Enter", "Ctrl+D"])
def test_without_a_yes_at_the_terminal_nothing_is_added(home: Home, answer: str) -> None:
    code, shown = answered(answer, "models", "import", CNN, home=home)
    assert code == 0
    assert "Add it as “torch_cnn”? [y/N]" in shown
    assert "Nothing was added." in shown
    assert not home.models.exists()


def test_a_yes_at_the_terminal_adds_the_model(home: Home) -> None:
    """In a process of its own, as a user runs it."""
    ours, theirs = os.openpty()
    os.write(ours, b"y\n")
    with subprocess.Popen(
        command("models", "import", CNN, home=home), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = read_terminal(ours)
    os.close(ours)
    assert process.returncode == 0, shown
    assert "Added the model “torch_cnn”." in shown


@no_children
def test_without_a_terminal_nothing_is_added(home: Home) -> None:
    ended = run("models", "import", CNN, home=home)
    assert ended.returncode == 1
    assert "Picture     x" in ended.stdout
    assert ended.stderr == (
        "image-finder: Nothing was added: there is no terminal to ask the question on. "
        "Use --yes to add it as shown.\n"
    )
    assert not home.models.exists()


@no_children
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--preprocess", "magic"], "There is no preprocessing called “magic” for this model."),
        (["--name", "Not So"], "“Not So” is not a valid model name."),
        (["--name", "vgg16"], "There is already a model called “vgg16”."),
        (["--feature", "nobody"], "The model has no value or node called “nobody”."),
    ],
)
def test_invalid_options(words: list[str], message: str, home: Home) -> None:
    assert message in error_of("models", "import", CNN, *words, "--yes", home=home)
    assert not home.models.exists()


@no_children
def test_a_constant_feature_is_reported(tmp_path: Path, home: Home) -> None:
    """Zero, or the same for every picture."""
    for times, message in (
        (0.0, "For 80 of 80 sample pictures the feature is zero or not a finite number."),
        (1e-9, "The feature is the same for all sample pictures"),
    ):
        nodes = [
            node("Conv", ["image", "kernel"], ["map"]),
            node("Mul", ["map", "times"], ["small"]),
            node("Add", ["small", "bias"], ["active"]),
            node("GlobalAveragePool", ["active"], ["embedding"]),
        ]
        constants = [
            weights("kernel", 8, 3, 3, 3),
            helper.make_tensor("times", TensorProto.FLOAT, [], [times]),
            helper.make_tensor("bias", TensorProto.FLOAT, [], [1.0 if times else 0.0]),
        ]
        path = saved(model_of(nodes, constants, outputs=["embedding"]), tmp_path)
        shown = output_of("models", "import", path, "--yes", home=home)
        assert message in shown
        assert "Nearest" not in shown


@no_children
def test_where_no_feature_is_found_one_can_be_named(tmp_path: Path, home: Home) -> None:
    nodes = [node("GlobalAveragePool", ["image"], ["mean"], name="colour")]
    path = saved(model_of(nodes, outputs=["mean"]), tmp_path)
    ended = run("models", "import", path, "--yes", home=home)
    assert ended.returncode == 1
    assert "No feature was found in made.onnx" in ended.stderr
    output_of("models", "import", path, "--feature", "colour", "--yes", home=home)
    assert toml(home, "made")["dimension"] == 3


def test_a_model_that_takes_all_memory_ends_alone(tmp_path: Path, home: Home) -> None:
    nodes = [
        node("Conv", ["image", "kernel"], ["map"]),
        node("ReduceSum", ["map"], ["sum"], keepdims=0),
        node("Mul", ["sum", "zero"], ["nothing"]),
        node("Cast", ["nothing"], ["add"], to=TensorProto.INT64),
        node("Add", ["size", "add"], ["large"]),
        node("ConstantOfShape", ["large"], ["room"]),
        node("ReduceMean", ["room"], ["level"], keepdims=0),
        node("Add", ["map", "level"], ["louder"]),
        node("GlobalAveragePool", ["louder"], ["embedding"]),
    ]
    zero = helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0])
    constants = [weights("kernel", 8, 3, 3, 3), zero, whole("size", [40_000, 250_000])]
    path = saved(model_of(nodes, constants, outputs=["embedding"]), tmp_path)
    said = error_of("models", "import", path, "--yes", home=home)
    assert said.startswith("image-finder: ")
    assert len(said.splitlines()) == 1


@no_children
@pytest.mark.parametrize(
    "content", [b"", b"no model", b"\x08\x0a:\x05\x0a\x03", bytes(range(256)) * 20]
)
def test_broken_files_get_one_sentence(content: bytes, tmp_path: Path, home: Home) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    said = error_of("models", "import", path, "--yes", home=home)
    assert said.startswith("image-finder: broken.onnx cannot be imported: ")
    assert len(said.splitlines()) == 1


@no_children
@pytest.mark.parametrize("name", [" ", "de\x7fl", "by\udcfftes", "turned \u202eround"])
def test_names_that_are_not_plain_text(name: str, tmp_path: Path, home: Home) -> None:
    model = classifier()
    for old in model.graph.node:
        for names in (old.input, old.output):
            names[:] = ["fea\x7f\x1b[31m" if n == "feature" else n for n in names]
    file = saved(model, tmp_path, f"{name}.onnx")
    output_of("models", "import", file, "--yes", "--name", "own", home=home)
    (spec,), broken = list_models([home.models])
    assert (spec.title, broken) == ("own", [])
    assert spec.description.isprintable()


def test_a_file_with_an_odd_name_is_refused_for_its_content(tmp_path: Path, home: Home) -> None:
    path = tmp_path / "by\udcfftes.onnx"
    path.write_bytes(b"no model")
    assert "it is not an ONNX file" in error_of("models", "import", path, "--yes", home=home)


@no_children
def test_the_chosen_preprocessing_is_used(tmp_path: Path, home: Home) -> None:
    """uint8, channels last: the pixels arrive as they are."""
    nodes = [
        node("Cast", ["image"], ["wide"], to=TensorProto.FLOAT),
        node("Transpose", ["wide"], ["turned"], perm=[0, 3, 1, 2]),
        node("Conv", ["turned", "kernel"], ["map"]),
        node("GlobalAveragePool", ["map"], ["pooled"]),
        node("Flatten", ["pooled"], ["features"]),
    ]
    model = model_of(
        nodes,
        [weights("kernel", 9, 3, 3, 3)],
        shape=("n", SIDE, SIDE, 3),
        element=TensorProto.UINT8,
        outputs=["features"],
    )
    path = saved(model, tmp_path)
    said = error_of("models", "import", path, "--preprocess", "clip", "--yes", home=home)
    assert "no preprocessing called “clip” for this model. Choose one of these: raw." in said
    shown = output_of("models", "import", path, "--yes", home=home)
    assert "Picture     image (NHWC, uint8): 16 × 16 pixels" in shown
    assert "Preprocess  raw: 0 … 255 – its input is uint8" in shown
