"""Trained models beside each other, by the cards that they have (`finder.train.trained_model`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from finder.core.i18n import tr


def training_cells(cards: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    """The head, then a row for each card. A figure that a card lacks is empty."""
    yield [
        tr("model"),
        tr("from"),
        tr("method"),
        tr("right"),
        tr("mAP"),
        tr("mAP before"),
        tr("best epoch"),
        tr("s/epoch"),
        tr("weights trained"),
    ]
    for card in cards:
        yield [
            str(card["name"]),
            str(card.get("base", "")),
            str(card.get("method", "")),
            _number(card, "test_accuracy", ".1%"),
            _number(card, "test_map", ".3f"),
            _number(card, "base_map", ".3f"),
            _number(card, "best_epoch", "d"),
            _number(card, "seconds_per_epoch", ".1f"),
            _number(card, "trained_weights", ",d"),
        ]


def _number(card: Mapping[str, Any], key: str, form: str) -> str:
    value = card.get(key)
    kinds = int if form.endswith("d") else (int, float)
    return format(value, form) if isinstance(value, kinds) else ""
