"""The files of a model's towers are told apart by their names, and looked for beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from finder.use_cases.models.word_files import (
    ModelFiles,
    WordFiles,
    completed,
    is_text_tower,
    sort_model_files,
    words_beside,
)

PICTURE, TEXT, TOKENIZER = Path("/m/vision.onnx"), Path("/m/text.onnx"), Path("/m/tokenizer.json")


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["/m/vision.onnx"], ModelFiles(PICTURE)),
        (["/m/text.onnx", "/m/vision.onnx"], ModelFiles(PICTURE, WordFiles(TEXT))),
        (
            ["/m/config.json", "/m/tokenizer_config.json", "/m/tokenizer.json", "/m/vision.onnx"],
            ModelFiles(PICTURE, WordFiles(tokenizer=TOKENIZER)),
        ),
        (
            ["/m/vision.onnx", "/m/b.onnx", "/m/tokenizer.json"],
            ModelFiles(PICTURE, WordFiles(Path("/m/b.onnx"), TOKENIZER, may_be_picture=True)),
        ),
        (["/m/vision.onnx", "/m/b.onnx"], ModelFiles(PICTURE, left_out=1)),
    ],
)
def test_one_model_among_dropped_files(names: list[str], files: ModelFiles) -> None:
    assert sort_model_files(names) == files


def test_text_towers_are_called_so() -> None:
    for name in ("text", "text_model_fp16", "textual", "clip-text", "siglip.Text"):
        assert is_text_tower(Path(f"{name}.onnx"))
    for name in ("textures", "context", "model", "vision_model"):
        assert not is_text_tower(Path(f"{name}.onnx"))


def test_the_tower_of_the_same_precision_and_the_tokenizer_above(tmp_path: Path) -> None:
    folder = tmp_path / "onnx"
    folder.mkdir()
    for name in ("vision_model_fp16.onnx", "text_model.onnx", "text_model_fp16.onnx"):
        (folder / name).touch()
    picture = folder / "vision_model_fp16.onnx"
    assert words_beside(picture) == WordFiles()
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.touch()
    assert words_beside(picture) == WordFiles(folder / "text_model_fp16.onnx", tokenizer)
    given = WordFiles(folder / "text_model.onnx")
    assert completed(picture, given) == WordFiles(folder / "text_model.onnx", tokenizer)


def test_nothing_is_looked_for_where_no_words_are_wanted(tmp_path: Path) -> None:
    for name in ("vision.onnx", "text.onnx", "tokenizer.json"):
        (tmp_path / name).touch()
    assert completed(tmp_path / "vision.onnx", WordFiles()) == WordFiles()


def test_one_file_may_have_both_towers(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").touch()
    both = tmp_path / "model.onnx"
    assert words_beside(both) == WordFiles(both, tmp_path / "tokenizer.json")
