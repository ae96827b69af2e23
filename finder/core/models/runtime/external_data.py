"""Whether an ONNX file refers to other files, found in its bytes before ONNX Runtime parses them.

A small reader of protobuf's wire format (protobuf.dev/programming-guides/encoding), because the
onnx package takes long to load and copies every weight, and because ONNX Runtime looks up
external data in the working directory when a model is given as bytes, with checks that differ
between releases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_MAX_DEPTH = 64
_MAX_MESSAGES = 2_000_000

# onnx.proto3: message → field number → the message in that field. All that can contain a tensor.
_FIELDS: Mapping[str, Mapping[int, str]] = {
    "Model": {7: "Graph", 20: "Training", 25: "Function"},
    "Training": {1: "Graph", 2: "Graph"},
    "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
    "Function": {7: "Node", 11: "Attribute"},
    "Node": {5: "Attribute"},
    "Attribute": {
        5: "Tensor",
        6: "Graph",
        10: "Tensor",
        11: "Graph",
        22: "SparseTensor",
        23: "SparseTensor",
    },
    "SparseTensor": {1: "Tensor", 2: "Tensor"},
    "Tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # of a Tensor

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def has_external_data(content: bytes) -> bool:
    """Whether any tensor of an ONNX model lies in another file.

    Raises ValueError for bytes that are not such a message, or are nested too deeply.
    """
    pending = [("Model", memoryview(content), 0)]
    messages = 0
    while pending:
        message, body, depth = pending.pop()
        messages += 1
        if depth > _MAX_DEPTH or messages > _MAX_MESSAGES:
            raise ValueError("nested or divided too much")
        for field, value in _fields(body):
            inner = _FIELDS[message].get(field)
            if message == "Tensor" and field in (_EXTERNAL_DATA, _DATA_LOCATION):
                if value:  # a location of 0 is “in this file”
                    return True
            elif inner and isinstance(value, memoryview):
                pending.append((inner, value, depth + 1))
    return False


def _fields(body: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """(field number, bytes or varint) of a message; numbers of fixed size are skipped."""
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(body, at)
            yield (tag & 0xFFFF_FFFF) >> 3, value
        elif kind == _BYTES:
            size, at = _varint(body, at)
            if size > len(body) - at:
                raise ValueError("a field reaches beyond the end")
            yield (tag & 0xFFFF_FFFF) >> 3, body[at : at + size]
            at += size
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"unknown wire type {kind}")


def _varint(body: memoryview, at: int) -> tuple[int, int]:
    """The number at an offset, and the offset after it."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(body):
            raise ValueError("it ends too early")
        byte = body[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError("a number of more than 10 bytes")
