"""Inspecting a model file together with the files of its words, which may be missing or wrong: then
the model can be added without words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.use_cases.models.import_model import Proposal, inspect_model
from finder.use_cases.models.word_files import WordFiles, completed, words_beside

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.paths import Home


def inspect_with_words(
    home: Home,
    file: Path,
    side: int | None = None,
    feature: str = "",
    given: WordFiles | None = None,
    token: CancelToken | None = None,
) -> Proposal:
    """`inspect_model`, with words. given: what the user has chosen, perhaps only a part of it, or
    nothing; None: what is beside the file is proposed. What is wrong with the words is in the
    proposal; raises FinderError for the picture tower, Cancelled."""
    words = words_beside(file) if given is None else completed(file, given)
    if words.text is None or words.tokenizer is None:
        return replace(inspect_model(home, file, side, feature, token), words=words)
    try:
        return _inspected(home, file, side, feature, words, token)
    except FinderError as error:
        if words.may_be_picture:
            swapped = replace(words, text=file, may_be_picture=False)
            return inspect_with_words(home, words.text, side, feature, swapped, token)
        found = inspect_model(home, file, side, feature, token)
        if words.text == file:  # it was only a guess that it has both towers
            return replace(found, words=replace(given or WordFiles(), text=None))
        return replace(found, words=words, words_error=error)


def _inspected(
    home: Home,
    file: Path,
    side: int | None,
    feature: str,
    words: WordFiles,
    token: CancelToken | None,
) -> Proposal:
    from finder.core.models.importing.text_inspection import TextRequest

    assert words.text is not None and words.tokenizer is not None
    request = TextRequest(words.text, words.tokenizer)
    found = inspect_model(home, file, side, feature, token, request)
    return replace(found, words=replace(words, may_be_picture=False))
