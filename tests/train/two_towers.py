"""Trains the two towers of tests/models/two_towers, in about two minutes on one core:

    python tests/train/two_towers.py

A small network for pictures and one for words learn, with the sigmoid loss of SigLIP, which words
are true of which pictures: coloured shapes (`shape_pictures`), whose truth is known exactly, and
the sample pictures with the words for their groups.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageEnhance
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from torch import nn
from torch.nn import functional

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from shape_captions import FACTS, NUMBER_OF, facts_of, random_caption, truth_of
from shape_pictures import painted, random_scene

from finder.core.pictures.samples import sample_pictures
from finder.core.search.sample_words import WORDS

FOLDER = Path(__file__).parents[1] / "models" / "two_towers"
SIDE, DIMENSION, LENGTH = 64, 64, 16
TOKENS = 320
PICTURES, STEPS, BATCH, CAPTIONS = 6_000, 1_100, 128, 192
START, END = "<|startoftext|>", "<|endoftext|>"
OPSET = 18

# The towers


class PictureTower(nn.Module):  # type: ignore[misc]
    """Pictures [N, 3, 64, 64], −1 … 1, to [N, DIMENSION]."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 24, 48, 80, 112)
        self.layers = nn.Sequential()
        for last, width in pairwise(widths):
            self.layers += nn.Sequential(
                nn.Conv2d(last, width, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            )
        self.head = nn.Linear(2 * widths[-1], DIMENSION)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        features = self.layers(pixels)
        return self.head(torch.cat([features.mean((2, 3)), features.amax((2, 3))], 1))


class TextTower(nn.Module):  # type: ignore[misc]
    """Tokens and mask [N, LENGTH] to [N, DIMENSION]: two layers of a transformer."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(TOKENS, DIMENSION)
        self.places = nn.Parameter(torch.randn(LENGTH, DIMENSION) * 0.1)
        self.blocks = nn.ModuleList([Block(DIMENSION, 4) for _ in range(2)])
        self.head = nn.Linear(DIMENSION, DIMENSION)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        kept = mask.float()
        x = self.tokens(ids) + self.places
        for block in self.blocks:
            x = block(x, (1.0 - kept)[:, None, None, :] * -1e4)
        pooled = (x * kept[:, :, None]).sum(1) / kept.sum(1, keepdim=True)
        return self.head(pooled)


class Block(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: torch.Tensor, ignored: torch.Tensor) -> torch.Tensor:
        n, t, d = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-1, -2) / (d // self.heads) ** 0.5 + ignored).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(n, t, d))
        return x + self.mlp(self.norm2(x))


# What they learn from


@dataclass(frozen=True)
class TrainingSet:
    """pixels: uint8 [N, 3, side, side]; facts: bool [N, facts]; photos: bool [N]."""

    pixels: torch.Tensor
    facts: torch.Tensor
    photos: torch.Tensor


def training_set(random: Random, pictures: int) -> TrainingSet:
    """Four of five are painted; the others are parts of the sample pictures."""
    samples = [
        (NUMBER_OF[(path.parent.name, "photo")], Image.open(path).convert("RGB"))
        for path in sample_pictures()
        if path.parent.name in WORDS
    ]
    for _, sample in samples:
        sample.thumbnail((160, 160))
    pixels, facts, photos = [], [], []
    for number in range(pictures):
        is_photo = number % 5 == 0
        if is_photo:
            fact, sample = random.choice(samples)
            image, found = altered(sample, random), {fact}
        else:
            scene = random_scene(random)
            image, found = painted(scene, random), facts_of(scene)
        pixels.append(np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR)))
        facts.append([fact in found for fact in range(len(FACTS))])
        photos.append(is_photo)
    return TrainingSet(
        torch.tensor(np.stack(pixels).transpose(0, 3, 1, 2)),
        torch.tensor(facts),
        torch.tensor(photos),
    )


def altered(image: Image.Image, random: Random) -> Image.Image:
    """A part of it, perhaps mirrored, lighter or darker."""
    share = random.uniform(0.7, 1.0)
    width, height = (round(side * share) for side in image.size)
    left = random.randint(0, image.width - width)
    top = random.randint(0, image.height - height)
    part = image.crop((left, top, left + width, top + height))
    if random.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return ImageEnhance.Brightness(part).enhance(random.uniform(0.8, 1.2))


def make_tokenizer(texts: Sequence[str]) -> Tokenizer:
    """Byte-pair encoding with the parts that CLIP's tokenizer has."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token=END))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TOKENS,
        special_tokens=["<pad>", START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    ids = [(name, tokenizer.token_to_id(name)) for name in (START, END)]
    tokenizer.post_processor = TemplateProcessing(single=f"{START} $A {END}", special_tokens=ids)
    return tokenizer


def tokenised(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
    encoded = [tokenizer.encode(text).ids[:LENGTH] for text in texts]
    ids = torch.tensor([[*row, *[0] * (LENGTH - len(row))] for row in encoded])
    mask = torch.tensor([[1] * len(row) + [0] * (LENGTH - len(row)) for row in encoded])
    return ids, mask


# Training


@dataclass(frozen=True)
class Trained:
    """scale, bias: probability = sigmoid(scale · cosine + bias)."""

    pictures: PictureTower
    texts: TextTower
    tokenizer: Tokenizer
    scale: float
    bias: float


def train(steps: int = STEPS, seed: int = 0) -> Trained:
    """On one thread: two would wait for each other where other programs run, too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _trained(steps, seed)
    finally:
        torch.set_num_threads(threads)


def _trained(steps: int, seed: int) -> Trained:
    torch.manual_seed(seed)
    random = Random(seed)
    known = training_set(random, PICTURES)
    every = [random_caption(random, range(len(FACTS))).text for _ in range(20_000)]
    tokenizer = make_tokenizer([*every, *WORDS.values()])
    pictures, texts = PictureTower(), TextTower()
    scale, bias = nn.Parameter(torch.tensor(2.3)), nn.Parameter(torch.tensor(-5.0))
    parameters = [*pictures.parameters(), *texts.parameters(), scale, bias]
    optimiser = torch.optim.AdamW(parameters, lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for step in range(steps):
        rows = torch.tensor(random.sample(range(PICTURES), BATCH))
        facts, photos = known.facts[rows], known.photos[rows]
        captions = [
            random_caption(random, facts[n % BATCH].nonzero().ravel().tolist())
            for n in range(CAPTIONS)
        ]
        truth, counts = truth_of(captions, facts, photos)
        seen = functional.normalize(pictures(known.pixels[rows].float() / 127.5 - 1.0))
        read = functional.normalize(texts(*tokenised(tokenizer, [c.text for c in captions])))
        logits = scale.exp() * seen @ read.T + bias
        each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        loss = (each * counts).sum() / BATCH
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step == steps - 1:
            pass
    return Trained(
        pictures.eval(), texts.eval(), tokenizer, float(scale.exp().item()), float(bias.item())
    )


def export(trained: Trained, folder: Path) -> None:
    """Write picture.onnx, text.onnx, tokenizer.json and numbers.json."""
    folder.mkdir(parents=True, exist_ok=True)
    batch = torch.export.Dim("batch")
    pixels = torch.zeros(2, 3, SIDE, SIDE)
    tokens = tokenised(trained.tokenizer, ["red circle", "no star"])
    for name, tower, given, inputs, output in (
        ("picture", trained.pictures, (pixels,), ["pixel_values"], "image_embeds"),
        ("text", trained.texts, tokens, ["input_ids", "attention_mask"], "text_embeds"),
    ):
        program: Any = torch.onnx.export(
            tower,
            given,
            dynamo=True,
            opset_version=OPSET,
            input_names=inputs,
            output_names=[output],
            dynamic_shapes=tuple({0: batch} for _ in given),
            verbose=False,
        )
        (folder / f"{name}.onnx").write_bytes(program.model_proto.SerializeToString())
    trained.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    numbers = {"scale": trained.scale, "bias": trained.bias}
    (folder / "numbers.json").write_text(json.dumps(numbers) + "\n", encoding="ascii")


if __name__ == "__main__":
    export(train(), FOLDER)
