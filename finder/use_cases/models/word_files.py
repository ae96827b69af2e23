"""Which files are a model's picture tower, text tower and tokenizer, told by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from finder.core.i18n import tr

TOKENIZER: Final = "tokenizer.json"
_TEXT = re.compile(r"(?<![a-z])text(ual)?(?![a-z])")
_TEXT_NAMES = ("text_model.onnx", "textual.onnx", "text.onnx")
"""What exporters call a text tower."""
_PICTURE_PARTS = {"vision": "text", "visual": "textual", "image": "text", "picture": "text"}
"""What the names of both towers differ in."""


def words_untried() -> str:
    """What is said of words that were not compared with the sample pictures."""
    return tr(
        "Whether the words fit the pictures could not be tried: too few sample pictures are "
        "installed, or the model makes nothing of them."
    )


@dataclass(frozen=True)
class WordFiles:
    """The files of a model's words, None where one is missing. text: the picture tower's file, if
    that has both towers; may_be_picture: the names do not tell which of both is the text tower."""

    text: Path | None = None
    tokenizer: Path | None = None
    may_be_picture: bool = False

    @property
    def is_empty(self) -> bool:
        return self.text is None and self.tokenizer is None


@dataclass(frozen=True)
class ModelFiles:
    """The files of one model. words: None if none were given; left_out: the number of ONNX files of
    other models."""

    picture: Path
    words: WordFiles | None = None
    left_out: int = 0


def sort_model_files(paths: Sequence[str]) -> ModelFiles:
    """The first model among files, at least one of which is an ONNX file. No file is touched."""
    files = [Path(path) for path in paths]
    models = [file for file in files if _is_model(file)]
    tokenizer = _tokenizer(files)
    texts = [file for file in models if is_text_tower(file)]
    pictures = [file for file in models if file not in texts]
    if texts and pictures:
        words = WordFiles(texts[0], tokenizer)
        return ModelFiles(pictures[0], words, len(models) - 2)
    if tokenizer and len(models) > 1:
        words = WordFiles(models[1], tokenizer, may_be_picture=True)
        return ModelFiles(models[0], words, len(models) - 2)
    given = WordFiles(tokenizer=tokenizer) if tokenizer else None
    return ModelFiles(models[0], given, len(models) - 1)


def sort_word_files(paths: Sequence[str]) -> WordFiles:
    """The first text tower and the tokenizer among files that are given as such."""
    files = [Path(path) for path in paths]
    models = [file for file in files if _is_model(file)]
    return WordFiles(models[0] if models else None, _tokenizer(files))


def is_text_tower(file: Path) -> bool:
    """Whether it is called one."""
    return _TEXT.search(file.stem.lower()) is not None


def words_beside(picture: Path) -> WordFiles:
    """The files of words that are beside a picture tower. Without a tokenizer there are none; with
    one, the picture tower's file may have both towers. Files are looked for."""
    return _completed(picture, WordFiles(tokenizer=_tokenizer_beside(picture)))


def completed(picture: Path, words: WordFiles) -> WordFiles:
    """With what is beside the files that were given. Files are looked for."""
    if words.text is not None and words.tokenizer is None:
        return replace(words, tokenizer=_tokenizer_beside(words.text) or _tokenizer_beside(picture))
    return _completed(picture, words)


def _completed(picture: Path, words: WordFiles) -> WordFiles:
    if words.tokenizer is None or words.text is not None:
        return words
    names = (picture.with_name(name) for name in (*_names_like(picture), *_TEXT_NAMES))
    text = next((file for file in names if file != picture and file.is_file()), picture)
    return replace(words, text=text)


def _names_like(picture: Path) -> Iterator[str]:
    """“text_model_fp16.onnx” for “vision_model_fp16.onnx”."""
    for part, other in _PICTURE_PARTS.items():
        if part in picture.name:
            yield picture.name.replace(part, other)


def _tokenizer_beside(file: Path) -> Path | None:
    """In its folder, or in the one above it, where exporters put the files of all towers."""
    folders = [file.parent, file.parent.parent]
    found = (folder / TOKENIZER for folder in folders if (folder / TOKENIZER).is_file())
    return next(found, None)


def _is_model(file: Path) -> bool:
    return file.suffix.lower() == ".onnx"


def _tokenizer(files: Sequence[Path]) -> Path | None:
    """The one of that name first; a model has other JSON files, too."""
    tables = [file for file in files if file.suffix.lower() == ".json"]
    named = [
        file for file in tables if "tokenizer" in file.stem.lower() and "config" not in file.stem
    ]
    exact = [file for file in named if file.name == TOKENIZER]
    return next(iter([*exact, *named, *(tables if len(tables) == 1 else [])]), None)
