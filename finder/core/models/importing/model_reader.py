"""A model file from a stranger → `onnx.ModelProto`; only it and what lies beside it is read.

Nothing is run here. What the graph says is not believed: `cutting` runs it.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.models.graph.traversal import every_tensor, node_inputs
from finder.core.models.runtime.external_data import has_external_data

if TYPE_CHECKING:
    import onnx

_LONGEST_NAME = 1_000
"""Of a value. Names are shown, and given to other processes with the command."""


def read_model(file: Path) -> onnx.ModelProto:
    """The model, whole: data that lies in other files of its folder is read into it.

    Raises FinderError with one sentence for everything that is no sound ONNX model of at most 2 GB.
    """
    content = _content(file)
    model = _parsed(file, content)
    if not model.graph.node:
        raise no_model(file, tr("it has no graph"))
    del model.training_info[:]
    _take_in_external_data(file, model)
    _check_order(file, model.graph)
    return model


def no_model(file: Path, why: str) -> FinderError:
    return FinderError(
        tr("{file} cannot be imported: {why}.").format(file=file.name, why=why),
        tr(
            "Choose an ONNX file of an image model, with its external data files in the same "
            "folder."
        ),
    )


def _content(file: Path) -> bytes:
    try:
        known = file.stat()
        if not stat.S_ISREG(known.st_mode):
            raise no_model(file, tr("it is not a file"))
        if known.st_size > MAX_BYTES:
            raise no_model(file, tr("it is larger than 2 GB"))
        content = file.read_bytes()
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        why = getattr(error, "strerror", None) or str(error)
        raise no_model(file, why) from error
    if not content:
        raise no_model(file, tr("it is empty"))
    return content


def _parsed(file: Path, content: bytes) -> onnx.ModelProto:
    import onnx

    model = onnx.ModelProto()
    try:
        has_external_data(content)  # for its limits of depth and number
        model.ParseFromString(content)
    except Exception as error:  # protobuf's own class, which comes with no types
        raise no_model(file, tr("it is not an ONNX file, or it is damaged")) from error
    return model


def _take_in_external_data(file: Path, model: onnx.ModelProto) -> None:
    """Put every tensor's bytes into the tensor."""
    import onnx

    left = MAX_BYTES - model.ByteSize()
    for tensor in every_tensor(model):
        if tensor.data_location != onnx.TensorProto.EXTERNAL and not tensor.external_data:
            continue
        entries = {entry.key: entry.value for entry in tensor.external_data}
        data = _external(file, entries, left)
        left -= len(data)
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
        tensor.raw_data = data


def _external(file: Path, entries: dict[str, str], most: int) -> bytes:
    location = entries.get("location", "")
    path = _beside(file, location)
    try:
        size = path.stat().st_size
        offset = int(entries.get("offset", "0"))
        length = int(entries.get("length", str(size - offset)))
    except (OSError, ValueError) as error:
        raise no_model(
            file, tr("its data file {name} cannot be read").format(name=location)
        ) from error
    if min(offset, length) < 0 or offset + length > size:
        raise no_model(file, tr("its data file {name} is too short").format(name=location))
    if length > most:
        raise no_model(file, tr("it is larger than 2 GB"))
    try:
        with open(path, "rb") as data:
            data.seek(offset)
            return data.read(length)
    except OSError as error:
        raise no_model(
            file, tr("its data file {name} cannot be read").format(name=location)
        ) from error


def _beside(file: Path, location: str) -> Path:
    """A data file's path, if it is a plain file of the model's own folder or one below it."""
    outside = no_model(file, tr("part of it is outside its folder"))
    parts = location.replace("\\", "/").split("/")
    parts = [part for part in parts if part != "."]
    if not location or "\0" in location or ":" in location or not all(parts) or ".." in parts:
        raise outside
    path = file.parent
    for part in parts:
        path = path / part
        if path.is_symlink():
            raise outside
    if not path.is_file():
        raise no_model(
            file, tr("its data file {name} is missing from its folder").format(name="/".join(parts))
        )
    return path


def _check_order(file: Path, graph: onnx.GraphProto) -> None:
    """Every value must be made before it is used, and once: else the graph goes in a circle."""
    known = {"", *_given(graph)}
    if any(len(name) > _LONGEST_NAME for name in (*known, *_made(graph))):
        why = tr("a name in it has more than {n:,} characters")
        raise no_model(file, why.format(n=_LONGEST_NAME))
    for node in graph.node:
        if not node_inputs(node, known) <= known:
            raise no_model(file, tr("its graph is damaged: a node depends on a later one"))
        made = [name for name in node.output if name]
        if not known.isdisjoint(made):
            raise no_model(file, tr("its graph is damaged: two nodes produce the same value"))
        known.update(made)


def _made(graph: onnx.GraphProto) -> Iterator[str]:
    for node in graph.node:
        yield from node.output


def _given(graph: onnx.GraphProto) -> Iterator[str]:
    yield from (value.name for value in graph.input)
    yield from (tensor.name for tensor in graph.initializer)
    yield from (tensor.values.name for tensor in graph.sparse_initializer)
