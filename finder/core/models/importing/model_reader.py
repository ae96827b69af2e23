"""Reading an untrusted model file; only it and the data files in its folder are opened.

Nothing is run here, and what the graph declares is not relied on: `truncation` runs it.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.models.graph.traversal import all_tensors, node_inputs
from finder.core.models.runtime.external_data import has_external_data

if TYPE_CHECKING:
    import onnx

_LONGEST_NAME = 1_000
"""Of a value. Names are shown, and passed to other processes as arguments."""


def read_model(file: Path) -> onnx.ModelProto:
    """The model with its external data, which may be in other files of its folder.

    Raises FinderError for everything that is not a valid ONNX model of at most 2 GB.
    """
    content = _content(file)
    model = _parsed(file, content)
    if not model.graph.node:
        raise cannot_import(file, tr("it has no graph"))
    del model.training_info[:]
    _embed_external_data(file, model)
    _check_order(file, model.graph)
    return model


def cannot_import(file: Path, why: str) -> FinderError:
    return FinderError(
        tr("{file} cannot be imported: {why}.").format(file=file.name, why=why),
        tr(
            "Choose an ONNX file of an image model, with its external data files in the same "
            "folder."
        ),
    )


def _content(file: Path) -> bytes:
    try:
        facts = file.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise cannot_import(file, tr("it is not a file"))
        if facts.st_size > MAX_BYTES:
            raise cannot_import(file, tr("it is larger than 2 GB"))
        content = file.read_bytes()
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        why = getattr(error, "strerror", None) or str(error)
        raise cannot_import(file, why) from error
    if not content:
        raise cannot_import(file, tr("it is empty"))
    return content


def _parsed(file: Path, content: bytes) -> onnx.ModelProto:
    import onnx

    model = onnx.ModelProto()
    try:
        has_external_data(content)  # for its limits of depth and size
        model.ParseFromString(content)
    except Exception as error:  # protobuf's class has no type stubs
        raise cannot_import(file, tr("it is not an ONNX file, or it is damaged")) from error
    return model


def _embed_external_data(file: Path, model: onnx.ModelProto) -> None:
    """Move every tensor's external bytes into the tensor."""
    import onnx

    remaining = MAX_BYTES - model.ByteSize()
    for tensor in all_tensors(model):
        if tensor.data_location != onnx.TensorProto.EXTERNAL and not tensor.external_data:
            continue
        entries = {entry.key: entry.value for entry in tensor.external_data}
        data = _read_external(file, entries, remaining)
        remaining -= len(data)
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
        tensor.raw_data = data


def _read_external(file: Path, entries: dict[str, str], most: int) -> bytes:
    location = entries.get("location", "")
    path = _data_file(file, location)
    try:
        size = path.stat().st_size
        offset = int(entries.get("offset", "0"))
        length = int(entries.get("length", str(size - offset)))
    except (OSError, ValueError) as error:
        raise cannot_import(
            file, tr("its data file {name} cannot be read").format(name=location)
        ) from error
    if min(offset, length) < 0 or offset + length > size:
        raise cannot_import(file, tr("its data file {name} is too short").format(name=location))
    if length > most:
        raise cannot_import(file, tr("it is larger than 2 GB"))
    try:
        with open(path, "rb") as data:
            data.seek(offset)
            return data.read(length)
    except OSError as error:
        raise cannot_import(
            file, tr("its data file {name} cannot be read").format(name=location)
        ) from error


def _data_file(file: Path, location: str) -> Path:
    """A data file's path. Raises FinderError unless it is a regular file in the model's folder or
    below it, reached without symbolic links."""
    outside = cannot_import(file, tr("part of it is outside its folder"))
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
        raise cannot_import(
            file, tr("its data file {name} is missing from its folder").format(name="/".join(parts))
        )
    return path


def _check_order(file: Path, graph: onnx.GraphProto) -> None:
    """Every value must be produced once, and before it is used: else the graph has a cycle."""
    available = {"", *_graph_inputs(graph)}
    if any(len(name) > _LONGEST_NAME for name in (*available, *_node_outputs(graph))):
        why = tr("a name in it has more than {n:,} characters")
        raise cannot_import(file, why.format(n=_LONGEST_NAME))
    for node in graph.node:
        if not node_inputs(node, available) <= available:
            raise cannot_import(file, tr("its graph is damaged: a node depends on a later one"))
        outputs = [name for name in node.output if name]
        if not available.isdisjoint(outputs):
            raise cannot_import(file, tr("its graph is damaged: two nodes produce the same value"))
        available.update(outputs)


def _node_outputs(graph: onnx.GraphProto) -> Iterator[str]:
    for node in graph.node:
        yield from node.output


def _graph_inputs(graph: onnx.GraphProto) -> Iterator[str]:
    yield from (value.name for value in graph.input)
    yield from (tensor.name for tensor in graph.initializer)
    yield from (tensor.values.name for tensor in graph.sparse_initializer)
