"""What can be said about a picture of the lessons in `two_towers`, and whether it is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

import torch
from shape_pictures import BACKGROUNDS, COLOURS, NUMBERS, SHAPES, Scene

from finder.core.search.sample_words import WORDS

FACTS: list[tuple[str, ...]] = [
    *((c,) for c in COLOURS),
    *((s,) for s in SHAPES),
    *((b, "background") for b in BACKGROUNDS),
    *product(COLOURS, SHAPES),
    *product(NUMBERS, COLOURS, SHAPES),
    *product(NUMBERS, SHAPES),
    *((group, "photo") for group in WORDS),
]
"""What may be true of a picture; each has a number."""
NUMBER_OF = {fact: number for number, fact in enumerate(FACTS)}
IS_PHOTO = frozenset(NUMBER_OF[(group, "photo")] for group in WORDS)


@dataclass(frozen=True)
class Caption:
    """Words, the facts that they claim, and those that they deny."""

    text: str
    claims: tuple[int, ...] = ()
    denies: tuple[int, ...] = ()


def facts_of(scene: Scene) -> set[int]:
    found: set[tuple[str, ...]] = {(scene.background, "background")}
    for group in scene.groups:
        number = NUMBERS[group.number - 1]
        found |= {(group.colour,), (group.shape,), (group.colour, group.shape)}
        found |= {(number, group.colour, group.shape), (number, group.shape)}
    return {NUMBER_OF[fact] for fact in found}


def fact_words(fact: tuple[str, ...]) -> str:
    if fact[-1] == "photo":
        return WORDS[fact[0]]
    many = len(fact) > 1 and fact[0] in NUMBERS[1:]
    plural = {"cross": "crosses"}.get(fact[-1], f"{fact[-1]}s")
    return " ".join([*fact[:-1], plural if many else fact[-1]])


def random_caption(random: Random, likely: Sequence[int]) -> Caption:
    """Words about shapes or a photo. likely: the facts of a picture, of which half of all captions
    claim some."""
    facts = likely if random.random() < 0.5 else range(len(FACTS))
    claimed = [random.choice(list(facts))]
    if claimed[0] in IS_PHOTO:
        text = fact_words(FACTS[claimed[0]])
        return Caption(random.choice([text, text.split(" of a ")[-1]]), tuple(claimed))
    text = fact_words(FACTS[claimed[0]])
    kind = random.random()
    other = random.choice([f for f in facts if f not in IS_PHOTO])
    if kind < 0.15 and other != claimed[0]:
        return Caption(f"{text} and {fact_words(FACTS[other])}", (claimed[0], other))
    denied = random.choice([(s,) for s in SHAPES] + [(c,) for c in COLOURS])
    if kind < 0.25:
        return Caption(f"no {fact_words(denied)}", (), (NUMBER_OF[denied],))
    if kind < 0.35 and not set(denied) & set(FACTS[claimed[0]]):
        return Caption(f"{text} without {fact_words(denied)}", (claimed[0],), (NUMBER_OF[denied],))
    article = {0: "a ", 1: "an "}.get(random.randrange(4), "")
    plain = FACTS[claimed[0]][0] not in NUMBERS[1:]
    return Caption(f"{article}{text}" if plain else text, tuple(claimed))


def truth_of(
    captions: Sequence[Caption], facts: torch.Tensor, photos: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether each caption is true of each picture, [pictures, captions], and which of that
    counts: what a caption denies is unknown of photos."""
    claims, denies = torch.zeros(2, len(captions), len(FACTS))
    for row, caption in enumerate(captions):
        claims[row, list(caption.claims)] = 1.0
        denies[row, list(caption.denies)] = 1.0
    known = facts.float()
    truth = ((1.0 - known) @ claims.T == 0) & (known @ denies.T == 0)
    only_denies = torch.tensor([not caption.claims for caption in captions])
    counts = ~(photos[:, None] & only_denies[None, :])
    return truth.float(), counts.float()
