"""Words to a text tower's tokens. The only module that imports `tokenizers`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.models.text_rules import clean
from finder.core.small_files import read_bytes

if TYPE_CHECKING:
    from finder.core.models.spec import TextSpec

MAX_TOKENIZER_BYTES: Final = 64_000_000
"""The largest in use, of 256,000 tokens, has 34 MB."""


class TextTokenizer:
    """Safe to use from several threads at a time."""

    def __init__(self, spec: TextSpec) -> None:
        """Raises FinderError if the file is not the one that `model.toml` describes, or is no
        tokenizer."""
        self._spec = spec
        self._tokenizer = _open(_content(spec))

    def __call__(self, text: str) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """Tokens and attention mask, [1, length] each, of the model's type. Raises FinderError for
        a text without any word."""
        cleaned = clean(text, self._spec.cleaning)
        if not cleaned:
            raise FinderError(
                tr("There is no word in “{text}”.").format(text=text),
                tr("Describe in words what is to be seen."),
            )
        tokens = self._cut(self._tokenizer.encode(cleaned).ids)
        padding = self._spec.length - len(tokens)
        ids = tokens + [self._spec.pad] * padding
        mask = [1] * len(tokens) + [0] * padding
        return self._array(ids), self._array(mask)

    def _cut(self, tokens: list[int]) -> list[int]:
        length, end = self._spec.length, self._spec.end
        if len(tokens) <= length:
            return tokens
        return tokens[:length] if end is None else [*tokens[: length - 1], end]

    def _array(self, numbers: list[int]) -> NDArray[np.integer]:
        return np.array([numbers], self._spec.dtype)


def _content(spec: TextSpec) -> bytes:
    """The file's bytes, read once: those that are checked are those that are parsed."""
    try:
        content = read_bytes(spec.tokenizer, MAX_TOKENIZER_BYTES)
    except (OSError, ValueError) as error:
        raise _unusable(str(error)) from error
    if hashlib.sha256(content).hexdigest() != spec.tokenizer_sha256:
        raise FinderError(
            tr("The tokenizer {file} is not the one its model.toml describes.").format(
                file=spec.tokenizer
            ),
            tr("It is damaged or was replaced: install the model again."),
        )
    return content


def _open(content: bytes) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_buffer(content)
        # The file's own settings may be other ones; `TextTokenizer` cuts and pads.
        tokenizer.no_truncation()
        tokenizer.no_padding()
    except BaseException as error:  # a panic of its Rust code is a BaseException
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise _unusable(first_line(Exception(str(error)))) from error
    return tokenizer


def _unusable(why: str) -> FinderError:
    return FinderError(
        tr("The model's tokenizer cannot be used: {why}.").format(why=why),
        tr("Install the model again."),
    )
