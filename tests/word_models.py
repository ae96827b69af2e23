"""The model with two towers that was trained for the tests (tests/train/two_towers.py): it knows
coloured shapes (`shape_pictures`) and the subjects of the sample pictures."""

from __future__ import annotations

import json
from hashlib import file_digest
from pathlib import Path

from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import write_model
from finder.core.models.presets import PRESETS
from finder.core.models.spec import ModelSpec, TextSpec

TRAINED = Path(__file__).parent / "models" / "two_towers"
PICTURE_TOWER, TEXT_TOWER = TRAINED / "picture.onnx", TRAINED / "text.onnx"
TOKENIZER = TRAINED / "tokenizer.json"
SIDE, DIMENSION, LENGTH = 64, 64, 16


def make_word_model(parent: Path, name: str = "shapes", files: Path = TRAINED) -> ModelSpec:
    """The model in a folder of this name below parent. files: where its towers are."""
    folder = parent / name
    folder.mkdir(parents=True)
    spec = ModelSpec(
        name=name,
        version="1",
        title=name.capitalize(),
        description="Coloured shapes, and the samples.",
        dimension=DIMENSION,
        licence="CC0",
        source="made here",
        file=folder,
        sha256="",
        input=PRESETS["siglip"].input_spec("pixel_values", "NCHW", "float32", SIDE, SIDE),
        output="image_embeds",
        text=trained_text(files),
    )
    write_model(folder, spec, (files / PICTURE_TOWER.name).read_bytes())
    return load_spec(folder)


def trained_text(files: Path = TRAINED) -> TextSpec:
    numbers = json.loads((files / "numbers.json").read_text(encoding="ascii"))
    text, tokenizer = files / TEXT_TOWER.name, files / TOKENIZER.name
    return TextSpec(
        file=text,
        sha256=sha256(text),
        tokenizer=tokenizer,
        tokenizer_sha256=sha256(tokenizer),
        length=LENGTH,
        input="input_ids",
        output="text_embeds",
        cleaning="clip",
        pad=0,
        end=2,
        mask="attention_mask",
        scale=numbers["scale"],
        bias=numbers["bias"],
    )


def sha256(file: Path) -> str:
    with open(file, "rb") as content:
        return file_digest(content, "sha256").hexdigest()
