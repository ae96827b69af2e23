"""Title, headline, caption and keywords in IPTC's information interchange model (IIM 4)."""

from __future__ import annotations

from collections import defaultdict

MAX_IPTC_BYTES = 1_000_000
_MAX_DATASETS = 2_000
_MARKER = 0x1C
_CHARACTER_SET = (1, 90)
_UTF_8 = b"\x1b%G"
_PROPERTIES = {(2, 5): "title", (2, 25): "subject", (2, 105): "headline", (2, 120): "description"}


def read_iptc(data: bytes) -> dict[str, list[str]]:
    """The texts by property: “title”, “headline”, “description”, “subject”; as far as the data can
    be read."""
    found = defaultdict[str, list[bytes]](list)
    is_utf_8 = False
    at = 0
    for _ in range(_MAX_DATASETS):
        head = data[at : at + 5]
        if len(data) > MAX_IPTC_BYTES or len(head) < 5 or head[0] != _MARKER:
            break
        length = int.from_bytes(head[3:5], "big")
        if length & 0x8000:  # longer than 32 kB: no caption is
            break
        value = data[at + 5 : at + 5 + length]
        at += 5 + length
        dataset = head[1], head[2]
        if dataset == _CHARACTER_SET:
            is_utf_8 = value == _UTF_8
        elif dataset in _PROPERTIES:
            found[_PROPERTIES[dataset]].append(value)
    return {name: [decoded(v, is_utf_8) for v in values] for name, values in found.items()}


def decoded(value: bytes, is_utf_8: bool = False) -> str:
    """A text whose encoding is not known: UTF-8, or else that of Western Windows."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("utf-8" if is_utf_8 else "cp1252", "replace")
