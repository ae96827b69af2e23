"""The classifiers of torchvision.models, up to what their last layer is given."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch

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
from finder.convert.weights import load_into, provenance, require_file
from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.models.descriptions import FROM_TORCHVISION

if TYPE_CHECKING:
    from finder.core.models.spec import InputSpec

_DETECTION: Final = ("nms", "qnms")


def vision(
    network_name: str, weights: str, side: int | None = None, name: str | None = None
) -> Source:
    """A network of torchvision; the feature is the input of its last linear layer.

    weights: “imagenet” (torchvision's best, downloaded unless it is cached), the name of one of its
    sets of weights (IMAGENET1K_V1 …), “random”, or a file. The file may come from a network that
    was trained on other classes; torchvision's own files are recognised by name. Raises
    FinderError.
    """
    models = import_torchvision().models
    known = _find(models, network_name)
    published = models.get_model_weights(known)
    chosen, named = _choose(published, weights)
    if not named and weights != RANDOM:
        require_file(Path(weights), IMAGENET, *published.__members__)
    torch.manual_seed(SEED)
    network = _build(models, known, chosen if named else None)
    head = _remove_head(network, known)
    if not named and weights != RANDOM:
        load_into(network, Path(weights), without=head)
        if hasattr(network, "transform_input") and _is_file_of(chosen, weights):
            network.transform_input = True  # as torchvision does for these weights, and no others
    preset = chosen.transforms()
    side = side or preset.crop_size[0]
    spec = model_spec(
        name=name or f"{known}-torchvision" + ("-random" if weights == RANDOM else ""),
        title=f"{known} (torchvision)",
        description=FROM_TORCHVISION.format(
            name=known, weights=chosen.name if named else provenance(weights)
        ),
        licence="see pytorch.org/vision" if named else "your own",
        source="torchvision {version}, {name}, {weights}".format(
            version=import_torchvision().__version__,
            name=known,
            weights=f"{chosen.name}, {chosen.url}" if named else provenance(weights),
        ),
        given=_input(preset, side),
    )
    return Source(spec, network, _Reference(network, preset, side))


def import_torchvision() -> Any:
    """torchvision, also where its compiled part does not fit the PyTorch that is installed.

    WORKAROUND: PyPI's torchvision beside a PyTorch for the processor only ends with “operator
    torchvision::nms does not exist” (pytorch/vision#8985). These operators find objects in a
    picture; no classifier has them, and their names suffice.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    for name in _DETECTION:
        torch.library.define(
            f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        )
    return importlib.import_module("torchvision")


def is_fetched(network_name: str, weights: str) -> bool:
    """Whether `vision` downloads the weights: they are published, and not here yet."""
    models = import_torchvision().models
    name = _plain(network_name)
    if name not in models.list_models(module=models):
        return False
    chosen, named = _choose(models.get_model_weights(name), weights)
    file = Path(torch.hub.get_dir(), "checkpoints", chosen.url.rpartition("/")[2])
    return named and not file.is_file()


class _Reference:
    """torchvision's own way from pixels to features."""

    def __init__(self, network: Any, preset: Any, side: int) -> None:
        from torchvision.transforms.v2.functional import to_image

        self._network = network
        self._to_image = to_image
        # Its resizing has nothing to do: the pixels have the network's size already.
        self._preset = type(preset)(
            crop_size=side, resize_size=side, mean=preset.mean, std=preset.std
        )

    def __call__(self, pixels: Pixels) -> Features:
        images = torch.stack([self._preset(self._to_image(picture)) for picture in pixels])
        with torch.inference_mode():
            features: Features = self._network(images).numpy()
        return features


def _find(models: Any, network_name: str) -> str:
    known, names = _plain(network_name), models.list_models(module=models)
    if known not in names:
        raise FinderError(
            tr("torchvision has no network called “{name}”.").format(name=network_name),
            tr("Choose one of these: {names}.").format(names=", ".join(names)),
        )
    return known


def _plain(network_name: str) -> str:
    return network_name.lower().replace("-", "_")


def _choose(published: Any, weights: str) -> tuple[Any, bool]:
    """(the published set of weights of this name, or the one closest to it; whether it must be
    downloaded)."""
    if weights == IMAGENET or weights in published.__members__:
        return published.__members__.get(weights, published.DEFAULT), True
    same_file = [one for one in published if _is_file_of(one, weights)]
    return (same_file or [published.DEFAULT])[0], False


def _is_file_of(published: Any, weights: str) -> bool:
    return bool(Path(weights).name == published.url.rpartition("/")[2])


def _input(preset: Any, side: int) -> InputSpec:
    keep = min(1.0, preset.crop_size[0] / preset.resize_size[0])
    given = input_spec("imagenet", (side, side), "crop", keep, preset.interpolation.value)
    red, green, blue = (255 * mean for mean in preset.mean)
    red_std, green_std, blue_std = (255 * std for std in preset.std)
    return replace(given, mean=(red, green, blue), std=(red_std, green_std, blue_std))


def _build(models: Any, known: str, chosen: Any) -> Any:
    try:
        with quietly():
            return models.get_model(known, weights=chosen).eval()
    except (OSError, RuntimeError) as error:  # offline, disk full, or the file has changed
        raise FinderError(
            tr("torchvision could not fetch the weights: {why}.").format(why=first_line(error)),
            tr("Download {url} on another computer, then give it with --weights FILE.").format(
                url=chosen.url
            ),
        ) from error


def _remove_head(network: Any, known: str) -> str:
    """Make the network end before its last linear layer; returns that layer's name."""
    linear = [n for n, part in network.named_modules() if isinstance(part, torch.nn.Linear)]
    if not linear:
        raise FinderError(
            tr("{name} does not end with a linear layer.").format(name=known),
            tr("Convert it as a module of your own: image-finder convert module FILE.py:NAME."),
        )
    head: str = linear[-1]
    network.set_submodule(head, torch.nn.Identity())
    return head
