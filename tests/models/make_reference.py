"""Write reference.json and reference.npz: what the reference programs make of some sentences and
pictures. Run by hand, in an environment of its own:

    pip install transformers open_clip_torch torch torchvision regex ftfy tokenizers pillow numpy
    python tests/models/make_reference.py

- Tokens: CLIP's real vocabulary, which the package open_clip_torch contains, by its own tokenizer
  and by that of transformers, which must agree.
- Pictures: the processors of CLIP and of SigLIP in transformers.

The files hold the tokens, the part of the vocabulary that they need, and some of the pixels.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from reference import (  # noqa: E402
    PIXELS,
    REFERENCE,
    SENTENCES,
    SIZES,
    STEP,
    clip_rules,
    reference_picture,
)
from word_tokenizers import (  # noqa: E402
    CLIP_END,
    CLIP_START,
    clip_alphabet,
    clip_tokenizer,
    saved,
)

CLIP_MERGES = 49_152 - 256 - 2


def open_clip_folder() -> Path:
    """Only two of its files are needed, and the package's import takes long."""
    found = importlib.util.find_spec("open_clip")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


def clip_merges() -> list[tuple[str, str]]:
    file = open_clip_folder() / "bpe_simple_vocab_16e6.txt.gz"
    lines = gzip.decompress(file.read_bytes()).decode("utf-8").split("\n")[1 : CLIP_MERGES + 1]
    return [(first, second) for first, second in (line.split() for line in lines)]


def transformers_tokens(merges: list[tuple[str, str]], texts: list[str]) -> list[list[int]]:
    from transformers import CLIPTokenizer

    alphabet = clip_alphabet()
    names = [*alphabet, *(f"{c}</w>" for c in alphabet), *map("".join, merges)]
    vocabulary = {name: number for number, name in enumerate(names)}
    vocabulary |= {"<|startoftext|>": CLIP_START, "<|endoftext|>": CLIP_END}
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "vocab.json"), Path(folder, "merges.txt")
        files[0].write_text(json.dumps(vocabulary), encoding="utf-8")
        lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
        files[1].write_text("\n".join(lines), encoding="utf-8")
        tokenizer = CLIPTokenizer(*map(str, files))
        return [tokenizer(text, truncation=True, max_length=77)["input_ids"] for text in texts]


def open_clip_tokens(texts: list[str]) -> list[list[int]]:
    file = open_clip_folder() / "tokenizer.py"
    found = importlib.util.spec_from_file_location("open_clip_tokenizer", file)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    rows = module.SimpleTokenizer()(texts).tolist()
    return [row[: row.index(CLIP_END) + 1] for row in rows]


def own_tokens(merges: list[tuple[str, str]], texts: list[str]) -> list[list[int]]:
    """With the whole vocabulary, by what the program does."""
    from finder.core.models.runtime.tokenizer import TextTokenizer

    with tempfile.TemporaryDirectory() as folder:
        file = saved(clip_tokenizer(dict(enumerate(merges))), Path(folder))
        tokenizer = TextTokenizer.of_model(clip_rules(file))
        found = [tokenizer(text) for text in texts]
    return [ids[0, : int(mask.sum())].tolist() for ids, mask in found]


def needed(merges: list[tuple[str, str]], tokens: list[list[int]]) -> list[int]:
    """The numbers of the merges that make these tokens, and of those that these are made of."""
    made = {"".join(pair): number for number, pair in enumerate(merges)}
    names = ["".join(pair) for pair in merges]
    pending = [names[t - 512] for row in tokens for t in row if 512 <= t < CLIP_START]
    found: set[int] = set()
    while pending:
        number = made.get(pending.pop())
        if number is not None and number not in found:
            found.add(number)
            pending += merges[number]
    return sorted(found)


def pixels() -> dict[str, Any]:
    from transformers import CLIPImageProcessorPil, SiglipImageProcessorPil

    of_clip = CLIPImageProcessorPil()
    of_siglip = SiglipImageProcessorPil(resample=Image.Resampling.BILINEAR)
    found = {}
    for width, height in SIZES:
        image = reference_picture(width, height)
        for name, processor in (("clip", of_clip), ("siglip", of_siglip)):
            values = np.asarray(processor(image, return_tensors="np")["pixel_values"][0])
            found[f"{name} {width} {height}"] = values[:, ::STEP, ::STEP].astype(np.float32)
    return found


def main() -> None:
    merges = clip_merges()
    tokens = open_clip_tokens(list(SENTENCES))
    others = transformers_tokens(merges, list(SENTENCES))
    assert tokens == others, [(a, b) for a, b in zip(tokens, others, strict=True) if a != b]
    assert tokens == own_tokens(merges, list(SENTENCES))
    table = {
        "tokens": dict(zip(SENTENCES, tokens, strict=True)),
        "merges": {str(n): " ".join(merges[n]) for n in needed(merges, tokens)},
    }
    REFERENCE.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    np.savez_compressed(PIXELS, **pixels())


if __name__ == "__main__":
    main()
