"""`image-finder convert` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import process_error_of, process_output_of, run_process
from converting import skip_without_frameworks

from finder.core.models.manifest import load_spec
from finder.core.paths import Home

skip_without_frameworks()

RESNET18 = ("convert", "torchvision", "resnet18", "--weights", "random", "--input", "64")
NET = "import torch\nnet = torch.nn.AdaptiveAvgPool2d(1)\n"
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: what is fetched through it is out of reach, wherever this runs."""


def test_a_converted_model_indexes_and_finds(home: Home, samples: Path) -> None:
    message = process_output_of(*RESNET18, "--add", "--name", "mine", home=home)
    assert message.startswith("mine: 512 numbers per picture. On 8 pictures it differs")
    assert str(home.models / "mine") in message
    process_output_of("index", samples / "cats", "--model", "mine", home=home)
    kitten = samples / "cats" / "kitten.jpg"
    found = json.loads(process_output_of("search", kitten, "--model", "mine", "--json", home=home))
    assert found["models"]["mine"][0]["path"] == str(kitten)
    assert "already a model called" in process_error_of(
        *RESNET18, "--add", "--name", "mine", home=home
    )


def test_the_output_folder_can_be_chosen(home: Home, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    output = tmp_path / "converted"
    words = ("convert", "module", f"{tmp_path / 'net.py'}:net", "--input", "32", "--output", output)
    ended = run_process(*words, home=home)
    assert ended.returncode == 0, ended.stderr
    assert "Warning" not in ended.stderr
    assert f"copy this folder into {home.models}" in ended.stderr
    spec = load_spec(output / "net-net")
    assert spec.dimension == 3
    assert sorted(path.name for path in output.rglob("*")) == [
        "model.onnx",
        "model.toml",
        "net-net",
    ]
    assert str(tmp_path).encode() not in spec.file.read_bytes()
    assert "already exists" in process_error_of(*words, home=home)


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        (("keras", "mobilenet"), "give your own weights with --weights FILE"),
        (("torchvision", "resnet18"), "resnet18-f37072fd.pth on another computer"),
    ],
)
def test_without_internet_there_is_a_hint(
    words: tuple[str, str], way_out: str, tmp_path: Path
) -> None:
    env = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY"), NOWHERE)
    env |= {"no_proxy": "", "TORCH_HOME": str(tmp_path / "t"), "KERAS_HOME": str(tmp_path / "k")}
    ended = run_process("convert", *words, "--output", tmp_path / "out", env=env)
    assert ended.returncode == 1
    assert "could not fetch the weights" in ended.stderr
    assert way_out in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "out").exists()


def test_a_name_that_no_model_can_have_is_refused(tmp_path: Path) -> None:
    message = process_error_of(*RESNET18, "--output", tmp_path, "--name", "My Net")
    assert "like this: my-net" in message
