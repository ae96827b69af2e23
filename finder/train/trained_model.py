"""From the best epoch of a training to a model of the library, with its card and its labels."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from finder.convert.conversion import convert
from finder.convert.source import Features, Pixels, Source, model_spec
from finder.core.i18n import tr
from finder.core.models.descriptions import TRAINED
from finder.core.models.label_head import FILE, LabelHead
from finder.core.models.label_head import TRAINED as CARD
from finder.core.models.model_folders import add_model
from finder.core.models.registry import list_models
from finder.core.training.settings import Epoch, Progress, best_of
from finder.core.training.unfinished import CURVES
from finder.train.measuring import retrieval, unit_features

if TYPE_CHECKING:
    from finder.convert.parity import Parity
    from finder.core.models.spec import InputSpec, ModelSpec
    from finder.core.paths import Home
    from finder.train.training import Training

_MOST_TEXT: Final = 6_000
"""Characters of labels in a card: `model.toml` may have 20,000 bytes. All of them are beside it."""


@dataclass(frozen=True)
class TrainedModel:
    """spec: as installed. compared: the cards of all trained models of the library that were
    measured on the same pictures, this one first."""

    spec: ModelSpec
    card: Mapping[str, Any]
    epochs: tuple[Epoch, ...]
    parity: Parity
    compared: tuple[Mapping[str, Any], ...]


def save_trained(
    home: Home, training: Training, epochs: tuple[Epoch, ...]
) -> Generator[Progress, None, TrainedModel]:
    """Of the classifier with the weights of its best epoch. Raises FinderError."""
    yield Progress(tr("Measuring the best epoch …"), 0.0, epochs)
    card = _card(training, epochs)
    yield Progress(tr("Exporting the model …"), 0.0, epochs)
    made = convert(_source(training, len(training.split.names)))
    weights, bias = training.classifier.unit_head()
    head = LabelHead(weights, bias, training.split.names)
    spec = _with_card(made.spec, card)
    curves = {"epochs": [asdict(epoch) for epoch in epochs], "settings": training.record}
    beside = {FILE: head.as_bytes(), CURVES: json.dumps(curves, indent=1).encode()}
    added = add_model(home, spec, made.content, beside)
    return TrainedModel(added, card, epochs, made.parity, compared(home, added))


def compared(home: Home, spec: ModelSpec) -> tuple[Mapping[str, Any], ...]:
    """The cards, with the names, of the trained models with the same test part as this one."""
    known, _ = list_models([home.models])
    cards = [{"name": one.name, **one.extra.get(CARD, {})} for one in known]
    pictures = spec.extra[CARD]["pictures"]
    same = [card for card in cards if card.get("pictures") == pictures]
    return tuple(sorted(same, key=lambda card: card["name"] != spec.name))


def _card(training: Training, epochs: tuple[Epoch, ...]) -> dict[str, Any]:
    """What `model.toml` keeps about the training."""
    settings, split, best = training.settings, training.split, best_of(epochs)
    before = training.record["base_map"]
    after = retrieval(training.classifier.network, split.test, split.validation, training.batches)
    card: dict[str, Any] = {
        "base": settings.base,
        "method": str(settings.method),
        "pictures": split.digest,
        "parts": [len(split.train), len(split.validation), len(split.test)],
        "label_count": len(split.names),
        "seed": settings.seed,
        "epochs": len(epochs),
        "best_epoch": best.number,
        "validation_accuracy": round(best.validation_accuracy, 4),
        "seconds_per_epoch": round(float(np.mean([epoch.seconds for epoch in epochs])), 2),
        "trained_weights": training.classifier.trained_parameters(),
    }
    if settings.layers is not None:
        card["layers"] = settings.layers
    if split.test:
        card["test_accuracy"] = round(_accuracy(training), 4)
    for name, value in (("base_map", before), ("test_map", after)):
        if value is not None:
            card[name] = round(value, 4)
    if sum(map(len, split.names)) <= _MOST_TEXT:
        card["labels"] = list(split.names)
    return card


def _accuracy(training: Training) -> float:
    """Of the test part, by what is kept: features of length 1 and the classifier for them."""
    examples = training.split.test
    vectors = unit_features(training.classifier.network, examples, training.batches)
    weights, bias = training.classifier.unit_head()
    labels, _ = LabelHead(weights, bias, training.split.names).propose(vectors)
    return float(np.mean(labels == [one.label for one in examples]))


def _with_card(spec: ModelSpec, card: Mapping[str, Any]) -> ModelSpec:
    return replace(spec, extra={CARD: dict(card)})


def _source(training: Training, labels: int) -> Source:
    settings, base = training.settings, training.base
    network = training.classifier.network.cpu().eval().requires_grad_(False)
    spec = model_spec(
        name=settings.name,
        title=settings.name,
        description=TRAINED.format(title=base.title, n=labels),
        licence=base.licence,
        source=f"trained here ({settings.method}), from {base.source}",
        given=base.input,
    )
    return Source(spec, network, _reference(network, base.input))


def _reference(network: Any, given: InputSpec) -> Any:
    """From pixels to features in PyTorch, independent of the preprocessing that is verified."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (given.mean, given.std))

    def features(pixels: Pixels) -> Features:
        values = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(torch.float32)
        if given.colour == "BGR":
            values = values.flip(1)
        with torch.inference_mode():
            found: Features = network((values - mean) / std).numpy()
        return found

    return features
