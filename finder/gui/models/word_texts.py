"""What is shown of a model's words: what was found in their files, and how well they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.models.importing.text_inspection import TextChoice
    from finder.core.search.sample_words import SampleWords


def found_text(text: TextChoice) -> str:
    """One line on a text tower and its tokenizer."""
    cleaning = {
        "clip": tr("cleaned as for CLIP"),
        "siglip": tr("cleaned as for SigLIP"),
        "none": tr("not cleaned"),
    }
    return trn(
        "{n} number, {tokens} tokens, {cleaning}",
        "{n} numbers, {tokens} tokens, {cleaning}",
        text.dimension,
        tokens=text.length,
        cleaning=cleaning[text.cleaning],
    )


def fit_text(words: SampleWords) -> str:
    """How many of the sample pictures are nearest to their own description."""
    return trn(
        "{right} of {n} sample picture fits its description",
        "{right} of {n} sample pictures fit their descriptions",
        words.pictures,
        right=words.right,
    )
