"""Small tokenizers with the parts and the special tokens of CLIP's and of SigLIP2's (Gemma's)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import RobertaProcessing, TemplateProcessing

CLIP_START, CLIP_END = 49_406, 49_407
GEMMA_PAD, GEMMA_EOS = 0, 1
_CLIP_WORDS = Regex(r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+""")
SENTENCES = (
    "a photo of a cat, a red bicycle at night",
    "foto seekor kucing, sepeda merah di malam hari",
    "고양이 사진, 밤의 빨간 자전거",
    "фотография кошки, красный велосипед ночью",
    "ảnh một con mèo, xe đạp màu đỏ vào ban đêm",
)
"""In English, Indonesian, Korean, Russian and Vietnamese."""


def clip_tokenizer(merges: Mapping[int, tuple[str, str]] | None = None) -> Tokenizer:
    """As OpenAI's file in the Hub: the alphabet of bytes, each also at the end of a word, what the
    merges make, and two special tokens. merges: by their number in CLIP's list."""
    alphabet = clip_alphabet()
    merges = merges or {0: ("c", "a"), 1: ("ca", "t</w>")}
    tokens = [*alphabet, *(f"{c}</w>" for c in alphabet)]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    vocabulary |= {"".join(pair): len(tokens) + number for number, pair in merges.items()}
    vocabulary |= {"<|startoftext|>": CLIP_START, "<|endoftext|>": CLIP_END}
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=[pair for _, pair in sorted(merges.items())],
            unk_token="<|endoftext|>",
            end_of_word_suffix="</w>",
            continuing_subword_prefix="",
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_CLIP_WORDS, "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = RobertaProcessing(
        ("<|endoftext|>", CLIP_END),
        ("<|startoftext|>", CLIP_START),
        trim_offsets=False,
        add_prefix_space=False,
    )
    return tokenizer


def clip_alphabet() -> list[str]:
    """In the order of CLIP's vocabulary: printable bytes first, then stand-ins for the others."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(b) for b in printable] + [chr(256 + n) for n in range(256 - len(printable))]


def gemma_tokenizer() -> Tokenizer:
    """As Gemma's file: “▁” for spaces, bytes for unknown characters, `<eos>` behind every text."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")  # to learn words
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    first = ["<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=first, show_progress=False, max_token_length=8
    )
    texts = [*SENTENCES[:2], *SENTENCES[3:]] * 20  # its vocabulary has no Korean
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer = _with_plain_bytes(tokenizer)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.post_processor = TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", GEMMA_EOS)]
    )
    return tokenizer


def _with_plain_bytes(tokenizer: Tokenizer) -> Tokenizer:
    """Bytes are no special tokens in Gemma's file: “<0x41>” in a text is seven characters."""
    table = json.loads(tokenizer.to_str())
    table["added_tokens"] = table["added_tokens"][:4]
    return Tokenizer.from_str(json.dumps(table))


def saved(tokenizer: Tokenizer, folder: Path) -> Path:
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path
