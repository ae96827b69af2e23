"""Networks of Keras, converted with random weights."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from converting import added, embeddings, pictures, skip_without_frameworks, unit
from PIL import Image

skip_without_frameworks()

from finder.convert.applications import APPLICATIONS, application  # noqa: E402
from finder.convert.preprocessing import input_spec  # noqa: E402
from finder.core.errors import FinderError  # noqa: E402
from finder.core.models.preprocess import to_input  # noqa: E402
from finder.core.paths import Home  # noqa: E402

keras: Any = importlib.import_module("keras")  # after the module that chooses its backend

# Keras reads PyTorch's tensors in the way of numpy 1.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_preprocessing_is_that_of_keras(name: str) -> None:
    known = APPLICATIONS[name]
    pixels = np.random.default_rng(1).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    given = to_input(Image.fromarray(pixels), input_spec(known.preprocess, (16, 24)))
    module = importlib.import_module(f"keras.applications.{known.home}")
    assert hasattr(keras.applications, known.title)
    expected = module.preprocess_input(pixels.astype(np.float32)[np.newaxis])
    largest = np.abs(expected).max()
    assert np.abs(given.transpose(0, 2, 3, 1) - expected).max() <= 1e-6 * largest


@pytest.mark.parametrize(
    ("title", "pooling", "side", "order"),
    [("VGG16", "max", 48, "BGR"), ("MobileNet", "avg", 32, "RGB")],
)
def test_a_network_computes_what_it_computes_in_keras(
    title: str, pooling: str, side: int, order: str, home: Home, samples: Path, tmp_path: Path
) -> None:
    """With weights from a file, and batch normalisation that is not in its initial state."""
    make = getattr(keras.applications, title)
    network = make(include_top=False, weights=None, pooling=pooling, input_shape=(side, side, 3))
    random = np.random.default_rng(2)
    for weight in network.weights:
        if len(weight.shape) == 1:  # biases, and what batch normalisation has
            weight.assign(random.uniform(0.6, 1.4, weight.shape))
        else:  # Keras' first kernels lose the picture on the way
            height, width, channels, kernels = weight.shape
            taken = height * width * (channels if kernels > 1 else 1)
            weight.assign(random.normal(0, np.sqrt(2 / taken), weight.shape))
    file = tmp_path / "trained.weights.h5"
    network.save_weights(file)

    spec = added(home, application(title, str(file), pooling, side, name="mine"))
    assert (spec.name, spec.input.colour) == ("mine", order)
    assert "trained.weights.h5 (SHA-256 " in spec.source
    operators = [node.op_type for node in onnx.load(spec.file).graph.node]
    normalisations = {"VGG16": 0, "MobileNet": 27}[title]  # one operator each, not arithmetic
    assert operators.count("BatchNormalization") == normalisations
    assert "Sub" not in operators

    images = list(pictures(samples))
    pixels = [np.asarray(image.resize((side, side), Image.Resampling.BICUBIC)) for image in images]
    module = importlib.import_module(f"keras.applications.{title.lower()}")
    given = module.preprocess_input(np.stack(pixels).astype(np.float32))
    expected = unit(np.asarray(network.predict(given, verbose=0)))
    found = embeddings(spec, images)
    assert np.abs(found - expected).max() <= 1e-4
    assert np.abs(found[0] - expected[1]).max() > 5e-4  # another picture has other values


def test_random_weights_keep_a_signals_size() -> None:
    """And a network's name may be written as people write it."""
    source = application("MobileNet-V2", "random", "avg", 64)
    assert source.spec.name == "mobilenetv2-keras-avg-random"
    features = source.reference(np.full((1, 64, 64, 3), 200, np.uint8))
    assert features.shape == (1, 1_280)
    assert 1e-3 < features.max() < 1e3


def test_an_unknown_network_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(FinderError, match=r"no network called “resnet51”.*resnet50, resnet101"):
        application("resnet51", "random", "max")


def test_an_input_that_is_too_small_is_refused() -> None:
    with pytest.raises(FinderError, match="Keras cannot build this network"):
        application("inceptionv3", "random", "max", 32)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save_weights(file)
    with pytest.raises(FinderError, match=r"other\.weights\.h5 are not those of MobileNet"):
        application("mobilenet", str(file), "max", 32)
    (tmp_path / "noise.h5").write_bytes(b"no weights")
    with pytest.raises(FinderError, match=r"noise\.h5 are not those of MobileNet"):
        application("mobilenet", str(tmp_path / "noise.h5"), "max", 32)
    with pytest.raises(FinderError, match="There is no file"):
        application("mobilenet", str(tmp_path / "none.h5"), "max", 32)


def test_weights_for_another_layer_are_refused(tmp_path: Path) -> None:
    """Keras adds a layer to EfficientNet for its own ImageNet weights, and only for these."""
    file = tmp_path / "efficientnetb0_notop.h5"
    file.write_bytes(b"as fetched from Keras")
    with pytest.raises(FinderError, match=r"\.keras/models, and use --weights imagenet"):
        application("efficientnetb0", str(file), "max", 32)
