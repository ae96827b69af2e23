"""Where the results of the reference programs are, and what they are of (`make_reference`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from word_models import sha256
from word_tokenizers import CLIP_END
from word_tokenizers import SENTENCES as SHORT

from finder.core.models.spec import TextSpec

REFERENCE = Path(__file__).parent / "reference.json"
PIXELS = Path(__file__).parent / "reference.npz"
STEP = 9
"""Every so many pixels of a row and of a column are kept."""
SIZES = ((224, 224), (640, 480), (333, 500), (1_001, 301), (150, 90), (448, 224))
SENTENCES = (
    *SHORT,
    "A  Photo of   two Dogs, playing in the snow!!",
    "it's 10:45pm – the café isn't open; we'll wait (№ 5)",
    "Dua ekor anjing berlari di pantai saat matahari terbenam.",
    "눈 속에서 노는 강아지 두 마리, 2023년 겨울",
    "Две собаки играют в снегу у старой церкви, 1998 год",
    "Hai con chó chơi trong tuyết trước nhà thờ cổ ở Đà Lạt",
    "sunset 🌅 over the sea 😀",
    "snake_case / https://example.org/a?b=c&d=e #tag @name",
    "very long " * 60,
    "한국어로 쓴 아주 긴 문장입니다. " * 20,
)


def clip_rules(tokenizer: Path) -> TextSpec:
    """CLIP's rules for texts."""
    return TextSpec(
        file=tokenizer.parent / "text.onnx",
        sha256="",
        tokenizer=tokenizer,
        tokenizer_sha256=sha256(tokenizer),
        length=77,
        input="input_ids",
        output="text_embeds",
        cleaning="clip",
        pad=0,
        end=CLIP_END,
    )


def reference_picture(width: int, height: int) -> Image.Image:
    """Gradients, a chequered pattern and noise; the same everywhere."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / width
    green = 127.5 + 127.5 * np.sin(x / 17) * np.cos(y / 23)
    blue = np.where((x // 12 + y // 12) % 2, 230, 20)
    noise = np.random.default_rng(3).integers(-20, 21, (height, width, 3))
    values = np.stack([red, green, blue], axis=-1) + noise
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))
