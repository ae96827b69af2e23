"""A model's description is stored in English and shown in the user's language."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import tiny_spec

from finder.core.models import descriptions
from finder.core.models.descriptions import description_of
from finder.core.optimising.precision import INT8, variant_of

_GERMAN = {
    "Fast, and a good all-rounder.": "Schnell und vielseitig.",
    descriptions.IMPORTED: "Importiert aus {file}: {pooling} von {tensor}.",
    descriptions.IN_8_BITS: "{title} mit 8-Bit-Zahlen: schneller.",
}


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is shown is translated: the texts that are stored are made before."""
    monkeypatch.setattr(descriptions, "tr", lambda text: _GERMAN.get(text, text))


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Fast, and a good all-rounder.", "Schnell und vielseitig."),
        ("Imported from a.onnx: max of 4: x of y.", "Importiert aus a.onnx: max of 4: x von y."),
        ("Imported from {file}.onnx: a of b.", "Importiert aus {file}.onnx: a von b."),
        ("Anything (that .* somebody wrote).", "Anything (that .* somebody wrote)."),
    ],
)
def test_it_is_translated_when_it_is_shown(stored: str, shown: str) -> None:
    assert description_of(replace(tiny_spec(), description=stored)) == shown


@pytest.mark.usefixtures("german")
def test_a_variants_is_stored_in_english() -> None:
    made = variant_of(tiny_spec(), INT8)
    assert made.description == "Tiny computed with 8-bit numbers: faster, and nearly as exact."
    assert description_of(made) == "Tiny mit 8-Bit-Zahlen: schneller."
