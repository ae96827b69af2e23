"""Words to a text tower's tokens. The only module that imports `tokenizers`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

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


class TokenRules(Protocol):
    """How texts become rows of tokens, as in `TextSpec`."""

    @property
    def tokenizer(self) -> Path: ...
    @property
    def length(self) -> int: ...
    @property
    def cleaning(self) -> str: ...
    @property
    def pad(self) -> int: ...
    @property
    def end(self) -> int | None: ...
    @property
    def dtype(self) -> str: ...


@dataclass(frozen=True)
class TokenizerRules:
    """What a tokenizer's file says, or what is usual for its kind. cleaning: as in `TextSpec`; end:
    what it puts behind every text; length: None if it does not say."""

    cleaning: str
    pad: int
    end: int | None
    length: int | None


class TextTokenizer:
    """Safe to use from several threads at a time."""

    def __init__(self, rules: TokenRules, content: bytes) -> None:
        """content: of the tokenizer's file. Raises FinderError if that is none."""
        self._spec = rules
        self._tokenizer = _open(content)

    @classmethod
    def of_model(cls, spec: TextSpec) -> TextTokenizer:
        """Raises FinderError if the file is not the one that `model.toml` describes, too."""
        return cls(spec, _checked_content(spec))

    @classmethod
    def of_file(cls, rules: TokenRules) -> TextTokenizer:
        """Of a file that is just being imported."""
        return cls(rules, tokenizer_content(rules.tokenizer))

    def __call__(self, text: str) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """Tokens and attention mask, [1, length] each, of the model's type. Raises FinderError for
        a text without any word."""
        cleaned = clean(text, self._spec.cleaning)
        if not cleaned:
            raise FinderError(
                tr("There is no word in “{text}”.").format(text=text),
                tr("Describe in words what is to be seen."),
            )
        tokens = self._cut(self._encoded(cleaned))
        padding = self._spec.length - len(tokens)
        ids = tokens + [self._spec.pad] * padding
        mask = [1] * len(tokens) + [0] * padding
        return self._array(ids), self._array(mask)

    def _encoded(self, text: str) -> list[int]:
        try:
            return self._tokenizer.encode(text).ids
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic of its Rust code is a BaseException
            raise _unusable(first_line(error)) from error

    def _cut(self, tokens: list[int]) -> list[int]:
        length, end = self._spec.length, self._spec.end
        if len(tokens) <= length:
            return tokens
        return tokens[:length] if end is None else [*tokens[: length - 1], end]

    def _array(self, numbers: list[int]) -> NDArray[np.integer]:
        return np.array([numbers], self._spec.dtype)


def tokenizer_rules(file: Path) -> TokenizerRules:
    """Inspect a tokenizer's file. Raises FinderError."""
    tokenizer = _parsed(tokenizer_content(file))
    padding, truncation = tokenizer.padding or {}, tokenizer.truncation or {}
    cleaning = _cleaning(tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    end = _end(tokenizer)
    is_first_siglip = cleaning == "siglip" and type(tokenizer.model).__name__ == "Unigram"
    pad = end if is_first_siglip else tokenizer.token_to_id("<pad>")
    return TokenizerRules(
        cleaning,
        padding.get("pad_id", pad or 0),
        end,
        padding.get("length") or truncation.get("max_length"),
    )


def _cleaning(tokenizer: Tokenizer) -> str:
    """CLIP's tokenizers mark the ends of words, SigLIP's their beginnings."""
    model = tokenizer.model
    if getattr(model, "end_of_word_suffix", None) == "</w>":
        return "clip"
    marks_beginnings = tokenizer.token_to_id("\u2581a") is not None
    # XLM-R's, which other models use, has a token for masks.
    if marks_beginnings and tokenizer.token_to_id("<mask>") is None:
        return "siglip"
    return "none"


def _end(tokenizer: Tokenizer) -> int | None:
    """The token that it puts behind every text."""
    one, other, empty = (tokenizer.encode(text).ids for text in ("cat", "blue", ""))
    return one[-1] if empty and one and one[-1] == other[-1] == empty[-1] else None


def tokenizer_content(file: Path) -> bytes:
    """Raises FinderError."""
    try:
        return read_bytes(file, MAX_TOKENIZER_BYTES)
    except (OSError, ValueError) as error:
        raise _unusable(str(error)) from error


def _checked_content(spec: TextSpec) -> bytes:
    """The file's bytes, read once: those that are checked are those that are parsed."""
    content = tokenizer_content(spec.tokenizer)
    if hashlib.sha256(content).hexdigest() != spec.tokenizer_sha256:
        raise FinderError(
            tr("The tokenizer {file} is not the one its model.toml describes.").format(
                file=spec.tokenizer
            ),
            tr("It is damaged or was replaced: install the model again."),
        )
    return content


def _open(content: bytes) -> Tokenizer:
    """Without the file's own rules of cutting and padding. Raises FinderError."""
    tokenizer = _parsed(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _parsed(content: bytes) -> Tokenizer:
    try:
        return Tokenizer.from_buffer(content)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of its Rust code is a BaseException
        raise _unusable(first_line(error)) from error


def _unusable(why: str) -> FinderError:
    return FinderError(
        tr("The model's tokenizer cannot be used: {why}.").format(why=why),
        tr("Check its tokenizer.json, or install the model again."),
    )
