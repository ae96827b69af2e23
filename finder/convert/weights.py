"""Loads weights from files as a PyTorch state dict, without running code that a file may
contain."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any, Final

import torch

from finder.convert.source import RANDOM
from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr

_INSIDE: Final = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts usually store the weights beside other data."""
_PARALLEL: Final = "module."
"""The prefix of all names after training on several devices."""


def load_into(network: Any, path: Path, without: str = "") -> None:
    """Load the network's weights from a file, except for those of the submodule `without`.

    Raises FinderError if they cannot be read or are those of another network.
    """
    state = {
        name: value
        for name, value in read_state(path).items()
        if not (without and name.startswith(f"{without}."))
    }
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()[1:]] or [first_line(error)]
        raise FinderError(
            tr("The weights in {file} are not those of this network: {why}.").format(
                file=path.name, why=lines[0][:200].rstrip(".")
            ),
            tr("Choose the network that they were trained with."),
        ) from error


def read_state(path: Path) -> dict[str, Any]:
    """The tensors by name in a .pth, .pt or .safetensors file. Raises FinderError."""
    require_file(path)
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise FinderError(
            tr("{file} holds more than weights, and that could run code.").format(file=path.name),
            tr("Save the weights alone: torch.save(network.state_dict(), FILE)."),
        ) from error
    except Exception as error:  # each kind of damage raises another class
        raise _unreadable(path, first_line(error)) from error
    for key in _INSIDE:
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise _unreadable(path, tr("it holds no named weights"))
    return {name.removeprefix(_PARALLEL): value for name, value in state.items()}


def require_file(path: Path, *words: str) -> None:
    """words: that may stand instead of a file."""
    if not path.is_file():
        hint = tr("--weights takes a file, or one of these: {words}.")
        raise FinderError(
            tr("There is no file {path}.").format(path=path),
            hint.format(words=", ".join(words)) if words else tr("Check its name."),
        )


def provenance(weights: str) -> str:
    """The origin of a model's weights for its model.toml: in English, without a local folder."""
    path = Path(weights)
    if path.is_file():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"weights from {path.name} (SHA-256 {digest[:16]} …)"
    return "random weights" if weights == RANDOM else f"{weights} weights"


def _unreadable(path: Path, why: str) -> FinderError:
    return FinderError(
        tr("The weights in {file} cannot be read: {why}.").format(file=path.name, why=why)
    )
