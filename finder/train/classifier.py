"""A network with a classifier on its feature, and which of its weights are trained."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.training.settings import Method

_NORMALISATIONS: Final = (
    torch.nn.modules.batchnorm._BatchNorm,
    torch.nn.LayerNorm,
    torch.nn.GroupNorm,
)


class Classifier(torch.nn.Module):  # type: ignore[misc]  # untyped where PyTorch is not installed
    """float32 [N, 3, H, W] → [N, labels].

    The classifier is a linear layer on the feature, which is scaled to length √dimension first. So
    its weights, times that, give the labels of the unit vectors that a library keeps; and what is
    learned is what a search compares, the direction.
    """

    def __init__(self, network: Any, dimension: int, labels: int) -> None:
        super().__init__()
        self.network = network
        self.head = torch.nn.Linear(dimension, labels)
        self._scale = sqrt(dimension)

    def forward(self, pictures: Any) -> Any:
        features = torch.flatten(self.network(pictures), start_dim=1)
        return self.head(self._scale * functional.normalize(features.float(), dim=1))

    def choose(self, method: Method, layers: int | None) -> None:
        """Which weights are trained: the classifier, and by the method those of all layers, of the
        last ones, or none. Raises FinderError if there are not so many."""
        groups = layer_groups(self.network)
        self.network.requires_grad_(False)
        self._trained: list[Any] = []
        if method is Method.SCRATCH or (method is Method.FINETUNE and layers is None):
            self.network.requires_grad_(True)
            self._trained = [part for group in groups for part in group]
        elif method is Method.FINETUNE and layers is not None:
            if layers > len(groups):
                raise FinderError(
                    tr("The network has {n} layers only.").format(n=len(groups)),
                    tr("Use --layers with a smaller number, or leave it out to train all."),
                )
            self._trained = [part for group in groups[-layers:] for part in group]
            for part in self._trained:
                part.requires_grad_(True)
        self._keeps_statistics = method is not Method.SCRATCH

    def learn(self) -> None:
        """Training mode, where weights are trained. Normalisation keeps the statistics of what the
        network was trained on first: a small folder's would be worse."""
        self.train()
        if not self._trained:
            self.network.eval()
        if self._keeps_statistics:
            for part in self.network.modules():
                if isinstance(part, _NORMALISATIONS):
                    part.eval()

    def trained_parameters(self) -> int:
        return sum(weights.numel() for weights in self.parameters() if weights.requires_grad)

    def state(self) -> dict[str, Any]:
        """All that training may change, by name: copies in the processor's memory."""
        fixed = {name for name, w in self.named_parameters() if not w.requires_grad}
        return {
            name: value.detach().cpu().clone()
            for name, value in self.state_dict().items()
            if name not in fixed
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.load_state_dict(state, strict=False)

    def unit_head(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(weights [labels, dimension], bias [labels]) for features of length 1."""
        with torch.no_grad():
            return (
                (self._scale * self.head.weight).cpu().numpy().astype(np.float32),
                self.head.bias.cpu().numpy().astype(np.float32),
            )


def layer_groups(network: Any) -> list[list[Any]]:
    """The modules that have weights, in their order; a normalisation belongs to the layer before
    it."""
    groups: list[list[Any]] = []
    for part in network.modules():
        if not list(part.parameters(recurse=False)):
            continue
        if isinstance(part, _NORMALISATIONS) and groups:
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups
