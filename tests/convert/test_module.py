"""A PyTorch module from the user's file, and what a conversion refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from converting import added, skip_without_frameworks
from PIL import Image

skip_without_frameworks()

import torch  # noqa: E402

from finder.convert.conversion import convert  # noqa: E402
from finder.convert.module import module  # noqa: E402
from finder.convert.preprocessing import input_spec  # noqa: E402
from finder.convert.source import Features, Pixels, Source, model_spec  # noqa: E402
from finder.core.errors import FinderError  # noqa: E402
from finder.core.models.presets import PRESETS  # noqa: E402
from finder.core.models.runtime.extractor import Extractor  # noqa: E402
from finder.core.paths import Home  # noqa: E402

CODE = """
import torch
from beside import CHANNELS

class Means(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.times = torch.nn.Parameter(torch.ones(CHANNELS))
    def forward(self, pictures):
        return pictures.mean(dim=(2, 3)) * self.times

class Map(Means):
    def forward(self, pictures):
        return pictures

class Many(Means):
    def forward(self, pictures):
        return [pictures.mean(dim=(2, 3))]

class OfAll(Means):
    def forward(self, pictures):
        return pictures.mean(dim=(2, 3)) * (1 + pictures.mean(dim=(0, 2, 3)))

class Nothing(Means):
    def forward(self, pictures):
        return pictures.mean(dim=(2, 3)) * 0

class Endless(Means):
    def forward(self, pictures):
        return pictures.mean(dim=(2, 3)) / 0

class Choosy(Means):
    def forward(self, pictures):
        means = pictures.mean(dim=(2, 3))
        return means if means.sum() > 0 else -means

means = Means()
number = 3
def build():
    return torch.nn.Sequential(
        torch.nn.Conv2d(CHANNELS, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.AdaptiveAvgPool2d(1)
    )
def fail():
    raise LookupError("no such data")
"""

CLIP = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("CHANNELS = 3\n", encoding="utf-8")
    file = tmp_path / "my net.py"
    file.write_text(CODE, encoding="utf-8")
    return file


@pytest.mark.parametrize("preprocess", PRESETS)
def test_a_module_computes_what_it_computes_in_pytorch(
    code: Path, home: Home, preprocess: str
) -> None:
    spec = added(home, module(f"{code}:Means", "random", 24, preprocess))
    colour = np.array([200.0, 100.0, 20.0])
    found = Extractor(spec).embed_image(Image.new("RGB", (50, 40), (200, 100, 20)))
    expected = {
        "imagenet": (colour / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225],
        "caffe": colour[::-1] - [103.939, 116.779, 123.68],
        "signed": colour / 127.5 - 1,
        "lite": (colour - 127) / 128,
        "clip": (colour / 255 - CLIP[0]) / CLIP[1],
        "unit": colour,
        "raw": colour,
    }[preprocess]
    assert np.abs(found - expected / np.linalg.norm(expected)).max() <= 1e-5
    assert spec.name == "my-net-means"


@pytest.mark.parametrize("name", ["build", "means"])
def test_a_function_and_an_instance_are_accepted(code: Path, home: Home, name: str) -> None:
    spec = added(home, module(f"{code}:{name}", "random", 24, "imagenet"))
    assert spec.dimension == {"build": 8, "means": 3}[name]


def test_weights_from_a_file_are_used(code: Path, home: Home, tmp_path: Path) -> None:
    torch.save({"times": torch.tensor([1.0, 0.0, 0.0])}, tmp_path / "w.pt")
    spec = added(home, module(f"{code}:Means", str(tmp_path / "w.pt"), 24, "raw"))
    found = Extractor(spec).embed_image(Image.new("RGB", (50, 40), (9, 99, 199)))
    assert found.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nobody", "There is no “nobody” in my net.py"),
        ("number", "my net.py failed: TypeError"),
        ("fail", "my net.py failed: LookupError: no such data"),
    ],
)
def test_what_returns_no_module_is_refused(code: Path, name: str, sentence: str) -> None:
    with pytest.raises(FinderError, match=sentence):
        module(f"{code}:{name}", "random", 24, "raw")


def test_a_file_that_is_no_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    for where in (str(file), f"{tmp_path / 'net.txt'}:build"):
        with pytest.raises(FinderError, match="does not name a network"):
            module(where, "random", 24, "raw")
    with pytest.raises(FinderError, match="There is no file"):
        module(f"{file}:build", "random", 24, "raw")
    file.write_text("def build(:", encoding="utf-8")
    with pytest.raises(FinderError, match=r"net\.py failed: SyntaxError"):
        module(f"{file}:build", "random", 24, "raw")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Map", r"\[1, 3, 24, 24\] for one picture instead of a row"),
        ("Many", "returns list instead of a tensor"),
        ("OfAll", "does not match its framework"),
        ("Nothing", "all zeros"),
        ("Endless", "not finite"),
        ("Choosy", "could not write the network as ONNX"),
    ],
)
def test_what_cannot_be_a_model_is_refused(code: Path, name: str, sentence: str) -> None:
    with pytest.raises(FinderError, match=sentence):
        convert(module(f"{code}:{name}", "random", 24, "raw"))


def test_a_conversion_that_differs_by_little_is_refused() -> None:
    """By a part in a thousand, in one number of 64."""
    torch.manual_seed(0)
    network: Any = torch.nn.Sequential(
        torch.nn.Conv2d(3, 64, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    ).eval()

    def reference(times: float) -> Any:
        def features(pixels: Pixels) -> Features:
            with torch.inference_mode():
                answer = network(torch.from_numpy(pixels).permute(0, 3, 1, 2).float()).numpy()
            answer[:, answer[0].argmax()] *= times
            found: Features = answer
            return found

        return features

    spec = model_spec("net", "Net", "A net.", "none", "here", input_spec("raw", (24, 24)))
    assert convert(Source(spec, network, reference(1.0))).parity.is_within_tolerance
    with pytest.raises(FinderError, match="does not match its framework"):
        convert(Source(spec, network, reference(1.001)))
