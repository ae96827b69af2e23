"""Reads the frame sizes of an AV1 stream (AV1 Bitstream & Decoding Process Specification).

An AVIF file states its size outside the stream, but its decoder allocates the size stated inside.
"""

from __future__ import annotations

from dataclasses import dataclass

from finder.core.errors import Reason, SkippedPicture

_MAX_UNITS = 10_000
_SEQUENCE_HEADER, _FRAME_HEADER, _FRAME = 1, 3, 6
_KEY, _INTRA_ONLY, _SWITCH = 0, 2, 3
_SELECTED_PER_FRAME = 2
_FRAMES_IN_MEMORY = 9
"""A decoder keeps eight reference frames beside the one it decodes."""


class _BitReader:
    """Reads bits, the most significant first. Past the end it returns 0."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, number: int) -> int:
        self._left -= number
        if self._left < 0:
            return 0
        return self._value >> self._left & ((1 << number) - 1)

    def take_uvlc(self) -> None:
        zeros = 0
        while self._left > 0 and zeros < 32 and not self.take(1):
            zeros += 1
        self.take(zeros)


@dataclass
class _Sequence:
    """The fields of a sequence header that are needed to find a frame's size."""

    is_reduced: bool = False
    delay_bits: int = 0
    width_bits: int = 0
    height_bits: int = 0
    width: int = 0
    height: int = 0
    frame_id_bits: int = 0
    screen_content: int = _SELECTED_PER_FRAME
    integer_motion: int = _SELECTED_PER_FRAME


def frame_pixels(data: bytes) -> int:
    """Pixels of all frames in memory together while the stream's first picture is decoded.

    Raises SkippedPicture for a stream that is unlike any picture.
    """
    sequence: _Sequence | None = None
    sizes: list[int] = []
    at = 0
    for _ in range(_MAX_UNITS):
        if at >= len(data):
            return sum(sorted(sizes)[-_FRAMES_IN_MEMORY:])
        kind, has_extension, has_size = data[at] >> 3 & 15, data[at] & 4, data[at] & 2
        at += 2 if has_extension else 1
        size, at = _length(data, at) if has_size else (len(data) - at, at)
        body = data[at : at + min(size, 64)]
        if kind == _SEQUENCE_HEADER:
            sequence = _read_sequence(_BitReader(body))
        elif kind in (_FRAME_HEADER, _FRAME) and sequence is not None:
            width, height = _frame_size(_BitReader(body), sequence)
            sizes.append(width * height)
        at += size
    raise SkippedPicture(Reason.DAMAGED, f"more than {_MAX_UNITS} AV1 units")


def _length(data: bytes, at: int) -> tuple[int, int]:
    """(value, end position) of a number in LEB128 (section 4.10.5)."""
    value = 0
    for group in range(8):
        byte = data[at] if at < len(data) else 0
        at += 1
        value |= (byte & 127) << 7 * group
        if byte < 128:
            break
    return value, at


def _read_sequence(bits: _BitReader) -> _Sequence:
    """Section 5.5.1 of the specification."""
    bits.take(3 + 1)
    sequence = _Sequence(is_reduced=bool(bits.take(1)))
    if sequence.is_reduced:
        bits.take(5)
    else:
        _read_operating_points(bits, sequence)
    sequence.width_bits, sequence.height_bits = bits.take(4) + 1, bits.take(4) + 1
    sequence.width, sequence.height = (
        bits.take(sequence.width_bits) + 1,
        bits.take(sequence.height_bits) + 1,
    )
    if sequence.is_reduced:
        return sequence
    if bits.take(1):
        delta = bits.take(4) + 2
        sequence.frame_id_bits = delta + bits.take(3) + 1
    bits.take(3)
    bits.take(4)
    has_order = bits.take(1)
    if has_order:
        bits.take(2)
    sequence.screen_content = _SELECTED_PER_FRAME if bits.take(1) else bits.take(1)
    if sequence.screen_content:
        sequence.integer_motion = _SELECTED_PER_FRAME if bits.take(1) else bits.take(1)
    return sequence


def _read_operating_points(bits: _BitReader, sequence: _Sequence) -> None:
    has_model, delay = False, 0
    if bits.take(1):  # timing_info
        bits.take(64)
        is_equal = bits.take(1)
        if is_equal:
            bits.take_uvlc()
        has_model = bool(bits.take(1))
        if has_model:
            delay = bits.take(5) + 1
            bits.take(32 + 5)
            presentation = bits.take(5) + 1
            sequence.delay_bits = 0 if is_equal else presentation
    has_display = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        level = bits.take(5)
        if level > 7:
            bits.take(1)
        if has_model and bits.take(1):
            bits.take(2 * delay + 1)
        if has_display and bits.take(1):
            bits.take(4)


def _frame_size(bits: _BitReader, sequence: _Sequence) -> tuple[int, int]:
    """Section 5.9.2: a frame may override the sequence's size."""
    standard = sequence.width, sequence.height
    if sequence.is_reduced or bits.take(1):  # shows a frame that was decoded before
        return standard
    kind, is_shown = bits.take(2), bits.take(1)
    if is_shown:
        bits.take(sequence.delay_bits)
    else:
        bits.take(1)
    if kind != _SWITCH and not (kind == _KEY and is_shown):
        bits.take(1)
    bits.take(1)
    screen_content = sequence.screen_content
    if bits.take(1) if screen_content == _SELECTED_PER_FRAME else screen_content:
        bits.take(1 if sequence.integer_motion == _SELECTED_PER_FRAME else 0)
    bits.take(sequence.frame_id_bits)
    if kind != _SWITCH and not bits.take(1):
        return standard
    return 1 << sequence.width_bits, 1 << sequence.height_bits
