"""What a training starts from: a network without its classifier, and how it takes pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import torch

from finder.convert.preprocessing import input_spec
from finder.convert.source import RANDOM
from finder.convert.vision import import_torchvision, is_fetched, vision
from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.models.registry import list_models
from finder.core.suggestions import did_you_mean
from finder.core.training.settings import SCRATCH, Method, Settings
from finder.train.onnx_network import onnx_network

if TYPE_CHECKING:
    from finder.core.models.spec import InputSpec, ModelSpec
    from finder.core.paths import Home

_SMALL_SIDE: Final = 128
_WIDTHS: Final = (32, 64, 128, 256)


@dataclass(frozen=True)
class Base:
    """network: a module, pictures float32 [N, 3, H, W] → features [N, dimension]. identity: the
    same for the same network with the same weights, except random ones."""

    title: str
    network: Any
    input: InputSpec
    dimension: int
    licence: str
    source: str
    identity: str


class SmallNetwork(torch.nn.Sequential):  # type: ignore[misc]  # untyped where PyTorch is not installed
    """Four blocks of two convolutions on maps of a half, a quarter, an eighth and a sixteenth of
    the picture's side: 1.2 million weights."""

    def __init__(self) -> None:
        layers: list[Any] = []
        channels = 3
        for width in _WIDTHS:
            for stride in (2, 1):
                layers += [
                    torch.nn.Conv2d(channels, width, 3, stride, padding=1, bias=False),
                    torch.nn.BatchNorm2d(width),
                    torch.nn.ReLU(),
                ]
                channels = width
        super().__init__(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())


def open_base(home: Home, settings: Settings) -> Base:
    """Raises FinderError if there is no such network, or it cannot be trained in this way."""
    if settings.base == SCRATCH:
        return _small(settings)
    known, _ = list_models(home.model_dirs())
    for spec in known:
        if spec.name == settings.base:
            return _of_library(spec, settings)
    return _of_torchvision(settings, [spec.name for spec in known if spec.has_file])


def is_to_download(home: Home, settings: Settings) -> bool:
    """Whether opening the base fetches weights first."""
    if settings.method is Method.SCRATCH or settings.base == SCRATCH:
        return False
    known, _ = list_models(home.model_dirs())
    if settings.base in (spec.name for spec in known):
        return False
    return is_fetched(settings.base, settings.weights)


def _small(settings: Settings) -> Base:
    if settings.method is not Method.SCRATCH:
        raise FinderError(
            tr("A new network has learned nothing that could be transferred or fine-tuned."),
            tr("Use --method scratch, or start --from a model, such as efficientnet-lite0."),
        )
    side = settings.side or _SMALL_SIDE
    torch.manual_seed(settings.seed)
    given = input_spec("imagenet", (side, side))
    title = tr("a small network")
    return _checked(title, SmallNetwork(), given, "your own", "a small network", SCRATCH)


def _of_library(spec: ModelSpec, settings: Settings) -> Base:
    if settings.method is Method.SCRATCH:
        raise FinderError(
            tr("A model of the library has weights already, and is not trained from scratch."),
            tr("Use --from scratch, or --from resnet18, or another method."),
        )
    network = onnx_network(spec)
    given = replace(spec.input, name="input", layout="NCHW", dtype="float32")
    if settings.side:
        given = replace(given, height=settings.side, width=settings.side)
    return _checked(spec.title, network, given, spec.licence, spec.source, spec.sha256)


def _of_torchvision(settings: Settings, models: list[str]) -> Base:
    names = import_torchvision().models.list_models(module=import_torchvision().models)
    wanted = settings.base.lower().replace("-", "_")
    if wanted not in names:
        raise FinderError(
            tr("There is no network called “{name}”.").format(name=settings.base),
            did_you_mean(settings.base, [SCRATCH, *models, *names])
            or tr("Choose “scratch”, a network of torchvision, or one of these: {names}.").format(
                names=", ".join(models)
            ),
        )
    weights = RANDOM if settings.method is Method.SCRATCH else settings.weights
    if weights == RANDOM and settings.method is not Method.SCRATCH:
        raise FinderError(
            tr("A network with random weights has learned nothing that could be used."),
            tr("Use --method scratch, or give --weights."),
        )
    source = vision(wanted, weights, settings.side)
    spec = source.spec
    return _checked(spec.title, source.network, spec.input, spec.licence, spec.source, spec.source)


def _checked(
    title: str, network: Any, given: InputSpec, licence: str, source: str, identity: str
) -> Base:
    """Raises FinderError if the network takes no pictures of this size."""
    network.eval()
    try:
        with torch.inference_mode():
            features = network(torch.zeros(2, 3, given.height, given.width))
    except RuntimeError as error:
        raise FinderError(
            tr("{title} does not take pictures of {side} pixels: {why}.").format(
                title=title, side=given.width, why=first_line(error)[:200]
            ),
            tr("Try another --input, or leave it out."),
        ) from error
    if not isinstance(features, torch.Tensor) or features.ndim != 2:
        raise FinderError(
            tr("{title} does not give a row of numbers for a picture.").format(title=title),
            tr("Choose another network."),
        )
    return Base(title, network, given, int(features.shape[1]), licence, source, identity)
