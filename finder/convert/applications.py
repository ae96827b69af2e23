"""The networks of keras.applications, without their classifiers."""

from __future__ import annotations

import functools
import importlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

# Read when Keras is imported. With this backend a Keras model is a PyTorch module.
os.environ["KERAS_BACKEND"] = "torch"

import keras

from finder.convert.preprocessing import input_spec
from finder.convert.source import (
    IMAGENET,
    RANDOM,
    SEED,
    Features,
    Pixels,
    Source,
    model_spec,
    quietly,
)
from finder.convert.weights import provenance, require_file
from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.models.descriptions import FROM_KERAS


@dataclass(frozen=True)
class Application:
    """A network of Keras. title: its name in Keras; home: the module with its `preprocess_input`;
    side: its usual input in pixels; preprocess: our name of that preprocessing."""

    title: str
    home: str
    side: int
    preprocess: str

    @property
    def name(self) -> str:
        return self.title.lower()


def _family(home: str, preprocess: str, **sides: int) -> list[Application]:
    return [Application(title, home, side, preprocess) for title, side in sides.items()]


_ALL: Final = [
    *_family("vgg16", "caffe", VGG16=224),
    *_family("vgg19", "caffe", VGG19=224),
    *_family("resnet", "caffe", ResNet50=224, ResNet101=224, ResNet152=224),
    *_family("resnet_v2", "signed", ResNet50V2=224, ResNet101V2=224, ResNet152V2=224),
    *_family("mobilenet", "signed", MobileNet=224),
    *_family("mobilenet_v2", "signed", MobileNetV2=224),
    *_family("mobilenet_v3", "raw", MobileNetV3Small=224, MobileNetV3Large=224),
    *_family("densenet", "imagenet", DenseNet121=224, DenseNet169=224, DenseNet201=224),
    *_family("efficientnet", "raw", EfficientNetB0=224, EfficientNetB1=240, EfficientNetB2=260),
    *_family("efficientnet", "raw", EfficientNetB3=300, EfficientNetB4=380, EfficientNetB5=456),
    *_family("efficientnet", "raw", EfficientNetB6=528, EfficientNetB7=600),
    *_family("efficientnet_v2", "raw", EfficientNetV2B0=224, EfficientNetV2B1=240),
    *_family("efficientnet_v2", "raw", EfficientNetV2B2=260, EfficientNetV2B3=300),
    *_family("efficientnet_v2", "raw", EfficientNetV2S=384, EfficientNetV2M=480),
    *_family("efficientnet_v2", "raw", EfficientNetV2L=480),
    *_family("convnext", "raw", ConvNeXtTiny=224, ConvNeXtSmall=224, ConvNeXtBase=224),
    *_family("convnext", "raw", ConvNeXtLarge=224, ConvNeXtXLarge=224),
    *_family("inception_v3", "signed", InceptionV3=299),
    *_family("inception_resnet_v2", "signed", InceptionResNetV2=299),
    *_family("xception", "signed", Xception=299),
    *_family("nasnet", "signed", NASNetMobile=224, NASNetLarge=331),
]
APPLICATIONS: Final = {application.name: application for application in _ALL}
"""The preset is “raw” where the network's first layers do the preprocessing."""


def application(
    network_name: str, weights: str, pooling: str, side: int | None = None, name: str | None = None
) -> Source:
    """A network of `keras.applications` with include_top=False and this pooling (max, avg).

    weights: “imagenet” (downloaded by Keras unless it is cached), “random”, or a file for Keras'
    `load_weights`. Raises FinderError.
    """
    known = _find(network_name)
    side = side or known.side
    keras.utils.set_random_seed(SEED)
    network = _build(known, weights, pooling, side)
    expected = _reference(known, network)
    spec = model_spec(
        name=name or _default_name(known, weights, pooling),
        title=f"{known.title} (Keras, {pooling})",
        description=FROM_KERAS.format(
            title=known.title, pooling=pooling, weights=provenance(weights)
        ),
        licence="see keras.io/api/applications" if weights == IMAGENET else "your own",
        source=f"Keras {keras.__version__}, {known.title}, {provenance(weights)}",
        given=input_spec(known.preprocess, (side, side)),
    )
    return Source(spec, _Exported(network), expected)


class _Exported(torch.nn.Module):  # type: ignore[misc]  # untyped where PyTorch is not installed
    """The same network for pictures in PyTorch's layout, and in operators of ONNX Runtime.

    Keras writes batch normalisation as arithmetic, which is not folded into the convolution before
    it: as one operator it is, and ResNet50 takes half the time.
    """

    def __init__(self, network: Any) -> None:
        super().__init__()
        self._network = keras.models.clone_model(network)
        self._network.set_weights(network.get_weights())
        for layer in self._network.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.call = functools.partial(_batch_norm, layer)
        self.eval()

    def forward(self, pictures: Any) -> Any:
        return self._network(pictures.permute(0, 2, 3, 1), training=False)


def _batch_norm(layer: Any, maps: Any, training: bool | None = None, mask: Any = None) -> Any:
    """BatchNormalization.call for [N, H, W, C]."""
    gamma, beta = (None if w is None else w.value for w in (layer.gamma, layer.beta))
    mean, variance = layer.moving_mean.value, layer.moving_variance.value
    normal = torch.nn.functional.batch_norm(
        maps.permute(0, 3, 1, 2), mean, variance, gamma, beta, False, 0.0, layer.epsilon
    )
    return normal.permute(0, 2, 3, 1)


def _find(network_name: str) -> Application:
    name = re.sub(r"[-_ ]", "", network_name.lower())
    if name not in APPLICATIONS:
        raise FinderError(
            tr("Keras has no network called “{name}”.").format(name=network_name),
            tr("Choose one of these: {names}.").format(names=", ".join(APPLICATIONS)),
        )
    return APPLICATIONS[name]


def _build(known: Application, weights: str, pooling: str, side: int) -> Any:
    make = getattr(keras.applications, known.title)
    shape = (side, side, 3)
    try:
        with quietly():
            network = make(
                include_top=False,
                weights=IMAGENET if weights == IMAGENET else None,
                pooling=pooling,
                input_shape=shape,
            )
    except ValueError as error:  # an input that is too small, above all
        raise FinderError(
            tr("Keras cannot build this network: {why}.").format(why=first_line(error)),
            tr("Try another --input."),
        ) from error
    except Exception as error:  # a failed download raises nothing more special
        raise FinderError(
            tr("Keras could not fetch the weights: {why}.").format(why=first_line(error)[:300]),
            tr(
                "If you are offline, put the file that it names into ~/.keras/models, or "
                "give your own weights with --weights FILE."
            ),
        ) from error
    if weights == RANDOM:
        _draw(network)
    elif weights != IMAGENET:
        _load(known, network, Path(weights))
    return network


def _load(known: Application, network: Any, path: Path) -> None:
    require_file(path, IMAGENET, RANDOM)
    if known.home == "efficientnet" and re.fullmatch(rf"{known.name}(_notop)?\.h5", path.name):
        # These weights need one more layer, which Keras adds for "imagenet" only.
        raise FinderError(
            tr("{file} holds Keras' own ImageNet weights.").format(file=path.name),
            tr("Put it into ~/.keras/models, and use --weights imagenet."),
        )
    try:
        with quietly():
            network.load_weights(path)
    except Exception as error:  # each kind of damage has a class of its own
        raise FinderError(
            tr("The weights in {file} are not those of {title}: {why}.").format(
                file=path.name, title=known.title, why=first_line(error)[:300].rstrip(".")
            ),
            tr("Use weights of the network without its classifier (include_top=False)."),
        ) from error


def _draw(network: Any) -> None:
    """Random kernels that keep a signal's size through the layers (He et al. 2015,
    arxiv.org/abs/1502.01852), in place of Keras' default, with which MobileNetV2's features are
    1e-11. Networks that bring first weights of their own (EfficientNet) keep them."""
    random = np.random.default_rng(SEED)
    for weight in (
        w for layer in network.layers if _starts_by_default(layer) for w in layer.weights
    ):
        if len(weight.shape) == 4:
            height, width, channels, kernels = weight.shape
            taken = height * width * (channels if kernels > 1 else 1)  # 1: each channel by itself
            weight.assign(random.normal(0, np.sqrt(2 / taken), weight.shape).astype(np.float32))


def _starts_by_default(layer: Any) -> bool:
    kinds = ("kernel", "depthwise", "pointwise")
    starts = [getattr(layer, f"{kind}_initializer", None) for kind in kinds]
    return any(isinstance(start, keras.initializers.GlorotUniform) for start in starts)


def _reference(known: Application, network: Any) -> Any:
    preprocess = importlib.import_module(f"keras.applications.{known.home}").preprocess_input

    def features(pixels: Pixels) -> Features:
        given = preprocess(pixels.astype(np.float32))
        with torch.inference_mode():
            answer = network(given, training=False)
        found: Features = keras.ops.convert_to_numpy(answer)
        return found

    return features


def _default_name(known: Application, weights: str, pooling: str) -> str:
    return f"{known.name}-keras-{pooling}" + ("-random" if weights == RANDOM else "")
