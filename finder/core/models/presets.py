"""The usual ways to prepare a picture for a model, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from finder.core.i18n import mark, tr
from finder.core.models.spec import InputSpec

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Preset:
    """What is done to 0 … 255 pixels, as in `InputSpec`. text: the same in a few words, not yet
    translated; {title} in it stands for the title of the model that it belongs to."""

    text: str
    mean: Triple
    std: Triple
    colour: str = "RGB"
    resize: str = "crop"
    keep: float = 0.875
    resample: str = "bilinear"

    title: str = ""

    @property
    def summary(self) -> str:
        """Translated."""
        return tr(self.text).format(title=self.title)

    def input_spec(self, name: str, layout: str, dtype: str, height: int, width: int) -> InputSpec:
        return InputSpec(
            name=name,
            layout=layout,
            height=height,
            width=width,
            resize=self.resize,
            resample=self.resample,
            colour=self.colour,
            mean=self.mean,
            std=self.std,
            keep=self.keep,
            dtype=dtype,
        )


def _equal(number: float) -> Triple:
    return (number, number, number)


def _of_255(red: float, green: float, blue: float) -> Triple:
    return (round(red * 255, 4), round(green * 255, 4), round(blue * 255, 4))


PRESETS: Final[Mapping[str, Preset]] = {
    "imagenet": Preset(
        mark("ImageNet's mean and deviation (torchvision, timm)"),
        _of_255(0.485, 0.456, 0.406),
        _of_255(0.229, 0.224, 0.225),
    ),
    "unit": Preset(mark("0 … 1"), _equal(0.0), _equal(255.0)),
    "signed": Preset(mark("−1 … 1"), _equal(127.5), _equal(127.5)),
    "lite": Preset(mark("(x − 127) / 128"), _equal(127.0), _equal(128.0), resample="bicubic"),
    "caffe": Preset(
        mark("Blue first, less the mean colour"), (103.939, 116.779, 123.68), _equal(1.0), "BGR"
    ),
    "clip": Preset(
        mark("CLIP's mean and deviation"),
        _of_255(0.48145466, 0.4578275, 0.40821073),
        _of_255(0.26862954, 0.26130258, 0.27577711),
        resize="crop-rounded",
        keep=1.0,
        resample="bicubic",
    ),
    "siglip": Preset(
        mark("−1 … 1, the whole picture squashed (SigLIP)"),
        _equal(127.5),
        _equal(127.5),
        resize="squash",
        keep=1.0,
    ),
    "raw": Preset(mark("0 … 255"), _equal(0.0), _equal(1.0)),
}
"""By name. Means and deviations: torchvision's, TensorFlow's and CLIP's published preprocessing;
Caffe's mean is that of the VGG article (arXiv:1409.1556)."""


KNOWN: Final = "known"
"""The name of a known model's own preset, if there is one."""


def fitting_presets(dtype: str, own: Preset | None = None) -> Mapping[str, Preset]:
    """Those whose numbers an input of this type can hold; first the known model's own, if given."""
    fitting = {name: p for name, p in PRESETS.items() if dtype != "uint8" or name == "raw"}
    return {KNOWN: own, **fitting} if own else fitting


def preset_of(given: InputSpec, title: str) -> Preset:
    """The preprocessing of the model with this title."""
    return Preset(
        mark("As {title} takes pictures"),
        given.mean,
        given.std,
        given.colour,
        given.resize,
        given.keep,
        given.resample,
        title,
    )
