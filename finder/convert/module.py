"""A PyTorch module of the user's own, from a Python file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import torch

from finder.convert.preprocessing import input_spec
from finder.convert.source import (
    RANDOM,
    SEED,
    Features,
    Pixels,
    Source,
    model_spec,
    plain_name,
    quietly,
)
from finder.convert.weights import load_into, provenance
from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.models.descriptions import FROM_MODULE

_DEVIATIONS = {
    "imagenet": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    "clip": ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
}
"""Mean and standard deviation of red, green and blue in the training pictures, from 0 to 1."""


def module(where: str, weights: str, side: int, preprocess: str, name: str | None = None) -> Source:
    """The network named by `FILE.py:NAME`: NAME is a module, or a function or class that is called
    without arguments to get one. Its output is the feature. weights: a file, or “random” to
    keep the initial ones. **The file's code is run.** Raises FinderError.
    """
    file, _, attribute = where.rpartition(":")
    if not file.endswith(".py") or not attribute:
        raise FinderError(
            tr("“{text}” does not name a network in a file.").format(text=where),
            tr("Write it like network.py:build, where build() returns the PyTorch module."),
        )
    torch.manual_seed(SEED)
    network = _load(Path(file), attribute).eval()
    if weights != RANDOM:
        load_into(network, Path(weights))
    given = input_spec(preprocess, (side, side), "crop", 0.875, "bilinear")

    def reference(pixels: Pixels) -> Features:
        """Preprocessing in torch, independent of the code that is verified."""
        with torch.inference_mode():
            output = network(_prepared(torch.from_numpy(pixels), preprocess))
        return _rows(output)

    spec = model_spec(
        name=name or plain_name(f"{Path(file).stem}-{attribute}"),
        title=f"{Path(file).stem} {attribute}",
        description=FROM_MODULE,
        licence="your own",
        source=f"{Path(file).name}, {provenance(weights)}, PyTorch {torch.__version__}",
        given=given,
    )
    return Source(spec, network, reference)


def _load(file: Path, attribute: str) -> Any:
    made = getattr(_run(file), attribute, None)
    if made is None:
        raise FinderError(
            tr("There is no “{name}” in {file}.").format(name=attribute, file=file.name),
            tr("Give a function, a class or a module of that file."),
        )
    if not isinstance(made, torch.nn.Module):
        try:
            made = made()
        except Exception as error:  # the user's code may raise anything
            raise _failed(file, error) from error
    if not isinstance(made, torch.nn.Module):
        raise FinderError(
            tr("“{name}” in {file} is not a PyTorch module and does not return one.").format(
                name=attribute, file=file.name
            ),
            tr("It must be a torch.nn.Module, or return one."),
        )
    return made


def _run(file: Path) -> Any:
    """The file, imported as a Python module; it may import modules beside it."""
    spec = importlib.util.spec_from_file_location(f"_converted_{file.stem}", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise FinderError(tr("There is no file {path}.").format(path=file))
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    sys.path.insert(0, str(file.resolve().parent))
    try:
        with quietly():
            spec.loader.exec_module(loaded)
    except Exception as error:  # the user's code may raise anything
        raise _failed(file, error) from error
    finally:
        sys.path.remove(str(file.resolve().parent))
    return loaded


def _failed(file: Path, error: Exception) -> FinderError:
    return FinderError(
        tr("{file} failed: {kind}: {why}.").format(
            file=file.name, kind=type(error).__name__, why=first_line(error)
        )
    )


def _prepared(pixels: Any, preprocess: str) -> Any:
    """uint8 [N, H, W, 3] → float32 [N, 3, H, W]."""
    values = pixels.permute(0, 3, 1, 2).to(torch.float32)
    if preprocess == "raw":
        return values
    if preprocess == "caffe":
        return values.flip(1) - torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)
    if preprocess == "lite":
        return (values - 127) / 128
    unit = values / 255
    if preprocess == "unit":
        return unit
    if preprocess == "signed":
        return unit * 2 - 1
    mean, std = (torch.tensor(t).view(3, 1, 1) for t in _DEVIATIONS[preprocess])
    return (unit - mean) / std


def _rows(output: Any) -> Features:
    """A network's output as rows of numbers; also accepts [N, dimension, 1, 1]."""
    if not isinstance(output, torch.Tensor):
        raise FinderError(
            tr("The network returns {kind} instead of a tensor.").format(
                kind=type(output).__name__
            ),
            tr("It must return one tensor with a row for each picture."),
        )
    while output.ndim > 2 and output.shape[-1] == 1:
        output = output.squeeze(-1)
    features: Features = output.numpy()
    return features
