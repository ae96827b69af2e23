"""model.toml: what is read from it, and the sentence for each fault."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from model_folders import Made, edit_toml, make_model

from finder.core.errors import FinderError
from finder.core.models.manifest import load_spec
from finder.core.models.spec import InputSpec, ModelSpec
from finder.core.paths import shipped_models_dir

SHIPPED = ["efficientnet-lite0", "efficientnet-lite2", "vgg16"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_the_one_described(name: str) -> None:
    spec = load_spec(shipped_models_dir() / name)
    assert spec.name == name == spec.file.parent.name
    assert hashlib.sha256(spec.file.read_bytes()).hexdigest() == spec.sha256


def test_everything_in_model_toml_is_read(tmp_path: Path) -> None:
    folder = make_model(tmp_path, Made(layout="NHWC", resize="pad", colour="BGR"))
    assert load_spec(folder) == ModelSpec(
        name="mean-colour",
        version="1",
        title="Mean colour",
        description="The mean of each channel.",
        dimension=3,
        licence="CC0",
        source="made here",
        file=folder / "model.onnx",
        sha256=hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        input=InputSpec(
            name="pixels",
            layout="NHWC",
            height=6,
            width=8,
            resize="pad",
            resample="bilinear",
            colour="BGR",
            mean=(10.0, 20.0, 30.0),
            std=(1.0, 2.0, 4.0),
        ),
        output="feature",
    )


KEYS = ["version", "title", "description", "dimension", "licence", "source", "sha256"]
KEYS += ["layout", "height", "width", "resize", "resample", "colour", "mean", "std"]

# (old text, new text, what the sentence must name)
FAULTS = [
    ("format = 1", "x = 1", "'format' is missing"),
    *[(f"\n{key} = ", f"\nx_{key} = ", f"'{key}' is missing") for key in KEYS],
    *[(f"[{key}]", f"[x_{key}]", f"'{key}' is missing") for key in ("file", "input", "output")],
    ("format = 1", "format = 3", "format 3 is not supported"),
    ("format = 1", "format = 0", "format 0 is not supported"),
    ("format = 1", "format = true", "format True is not supported"),
    ("format = 1", 'format = "1"', "format 1 is not supported"),
    ("format = 1", "format 1", "line 1"),
    ('name = "mean-colour"', "name = 3", "name must be text"),
    ('name = "mean-colour"', 'name = ""', "name must be text"),
    ('name = "mean-colour"', 'name = "Mean Colour"', "a-z"),
    ('name = "mean-colour"', 'name = "../x"', "a-z"),
    ('name = "mean-colour"', f'name = "{"a" * 65}"', "a-z"),
    ('title = "Mean colour"', "title = 1.5", "title must be text"),
    ("dimension = 3", 'dimension = "3"', "dimension must be a whole number"),
    ("dimension = 3", "dimension = 3.0", "dimension must be a whole number"),
    ("dimension = 3", "dimension = true", "dimension must be a whole number"),
    ("dimension = 3", "dimension = 0", "dimension must be a whole number"),
    ("dimension = 3", "dimension = 32769", "from 1 to 32768"),
    ("height = 6", "height = -6", "height must be a whole number"),
    ("width = 8", "width = 4097", "from 1 to 4096"),
    ('layout = "NCHW"', 'layout = "CHW"', "layout must be one of NCHW, NHWC"),
    (
        'resize = "squash"',
        'resize = "stretch"',
        "resize must be one of squash, crop, crop-rounded, pad",
    ),
    ('resample = "bilinear"', 'resample = "box"', "resample must be one of nearest"),
    ('colour = "RGB"', 'colour = "rgb"', "colour must be one of RGB, BGR"),
    ("[input]", "[input]\nkeep = 0.05", "keep must be a number from 0.1 to 1"),
    ("[input]", "[input]\nkeep = true", "keep must be a number from 0.1 to 1"),
    ("[input]", '[input]\ndtype = "int8"', "dtype must be one of float32, float16, uint8"),
    ("std = [1.0, 2.0, 4.0]", "std = [1.0, 0.0, 4.0]", "std must not be 0"),
    ("std = [1.0, 2.0, 4.0]", "std = [1.0, 2.0]", "std must be three numbers"),
    ("std = [1.0, 2.0, 4.0]", "std = 2.0", "std must be three numbers"),
    ("mean = [10, 20.0, 30.0]", 'mean = "123"', "mean must be three numbers"),
    ("mean = [10, 20.0, 30.0]", 'mean = ["1", 2, 3]', "mean must be three numbers"),
    ("mean = [10, 20.0, 30.0]", "mean = [nan, 2, 3]", "mean must be three numbers"),
    ("mean = [10, 20.0, 30.0]", "mean = [true, 2, 3]", "mean must be three numbers"),
    ('name = "model.onnx"', 'name = "../model.onnx"', "own folder"),
    ('name = "model.onnx"', 'name = "/model.onnx"', "own folder"),
    ('name = "model.onnx"', 'name = "other.onnx"', "other.onnx is missing"),
    ('name = "model.onnx"', 'name = ".."', "missing"),
    ('[output]\nname = "feature"', "[output]\nname = 1", "name must be text"),
]


@pytest.mark.parametrize(("old", "new", "named"), FAULTS, ids=[new[:40] for _, new, _ in FAULTS])
def test_a_fault_is_named(old: str, new: str, named: str, tmp_path: Path) -> None:
    folder = make_model(tmp_path, Made())
    edit_toml(folder, old, new)
    with pytest.raises(FinderError) as fault:
        load_spec(folder)
    assert named in fault.value.sentence
    assert str(folder) in fault.value.sentence
    assert fault.value.hint


def test_a_value_in_place_of_a_table_is_named(tmp_path: Path) -> None:
    folder = make_model(tmp_path, Made())
    edit_toml(folder, "[output]\n", "[rest]\n")
    edit_toml(folder, "format = 1\n", 'format = 1\noutput = "feature"\n')
    with pytest.raises(FinderError, match="output must be a table"):
        load_spec(folder)


def test_bytes_that_are_not_text_are_a_fault(tmp_path: Path) -> None:
    folder = make_model(tmp_path, Made())
    (folder / "model.toml").write_bytes(b'format = 1\nname = "\xff"\n')
    with pytest.raises(FinderError, match="cannot be used"):
        load_spec(folder)


def test_a_folder_without_model_toml_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(FinderError, match="No such file"):
        load_spec(tmp_path)


@pytest.mark.parametrize(
    ("height", "width", "side"),
    [(6, 8, 320), (224, 224, 320), (260, 260, 320), (267, 224, 640), (224, 534, 1280)],
)
def test_the_decode_side_leaves_a_fifth_above_the_input(
    height: int, width: int, side: int, fast_spec: ModelSpec
) -> None:
    spec = replace(fast_spec, input=replace(fast_spec.input, height=height, width=width))
    assert spec.decode_side == side
