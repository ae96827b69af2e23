"""A model of the library, turned back into a PyTorch module that can be trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch
from onnx.reference import ReferenceEvaluator

from finder.convert.parity import TOLERANCE, compare, parity_pictures
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.preprocess import to_input
from finder.core.models.runtime.extractor import Extractor
from finder.train.onnx_node import Constant, Node, Operation, Unsupported
from finder.train.operators import build

if TYPE_CHECKING:
    from finder.convert.parity import Parity
    from finder.core.models.spec import ModelSpec


@dataclass(frozen=True)
class _Step:
    """inputs: names of the values that it takes; done: names that no later step needs."""

    operation: Operation
    inputs: tuple[str, ...]
    output: str
    done: tuple[str, ...]


class OnnxNetwork(torch.nn.Module):  # type: ignore[misc]  # untyped where PyTorch is not installed
    """The graph of an ONNX model as a module: pictures float32 [N, 3, H, W] (also where the model
    has them with the channels last) → [N, dimension]."""

    def __init__(self, model: onnx.ModelProto, output: str, layout: str = "NCHW") -> None:
        """Raises Unsupported."""
        super().__init__()
        self._output, self._layout = output, layout
        self._steps: list[_Step] = []
        self.layers = torch.nn.ModuleList()
        known = _initialisers(model.graph)
        inputs = [given.name for given in model.graph.input if given.name not in known]
        if len(inputs) != 1:
            raise Unsupported("several inputs")
        self._input = inputs[0]
        last_use = {name: at for at, node in enumerate(model.graph.node) for name in node.input}
        for at, node in enumerate(model.graph.node):
            if all(name in known or not name for name in node.input):
                known |= _evaluated(model, node, known)
                continue
            names = tuple(name for name in node.input if name and name not in known)
            operation = build(Node.of(node, known))
            if isinstance(operation, torch.nn.Module):
                self.layers.append(operation)
            done = tuple({name for name in names if last_use[name] == at and name != output})
            self._steps.append(_Step(operation, names, node.output[0], done))
        self.eval()

    def forward(self, pictures: Any) -> Any:
        values = {self._input: pictures if self._layout == "NCHW" else pictures.permute(0, 2, 3, 1)}
        for step in self._steps:
            values[step.output] = step.operation(*[values[name] for name in step.inputs])
            for name in step.done:
                del values[name]
        return torch.flatten(values[self._output], start_dim=1)


def onnx_network(spec: ModelSpec) -> Any:
    """The model's network in evaluation mode, with the same features as its file has.

    Raises FinderError if it has no network that can be trained, or its features differ.
    """
    if not spec.has_file:
        raise _not_trainable(spec, tr("it has no network"))
    try:
        network = OnnxNetwork(onnx.load(spec.file), spec.output, spec.input.layout)
        parity = network_parity(spec, network)
    except (Unsupported, RuntimeError, ValueError) as error:
        why = tr("it uses what training does not know ({what})").format(what=str(error)[:200])
        raise _not_trainable(spec, why) from error
    if not parity.is_within_tolerance:
        why = tr("in PyTorch its features differ by {raw:.1e}; the limit is {limit:.0e}").format(
            raw=max(parity.raw, parity.unit), limit=TOLERANCE
        )
        raise _not_trainable(spec, why)
    return network


def network_parity(spec: ModelSpec, network: Any) -> Parity:
    """How far the module's features are from those of the model's file, on sample pictures."""
    images = parity_pictures()
    given = [to_input(image, spec.input).astype(np.float32) for image in images]
    if spec.input.layout == "NHWC":
        given = [pixels.transpose(0, 3, 1, 2) for pixels in given]
    with torch.inference_mode():
        expected = np.concatenate([network(torch.from_numpy(p.copy())).numpy() for p in given])
    return compare(Extractor(spec), images, expected)


def _initialisers(graph: onnx.GraphProto) -> dict[str, Constant]:
    return {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}


def _evaluated(
    model: onnx.ModelProto, node: onnx.NodeProto, known: dict[str, Constant]
) -> dict[str, Constant]:
    """The outputs of a node without any input that depends on the picture."""
    graph = onnx.helper.make_graph(
        [node],
        "constant",
        [],
        [onnx.ValueInfoProto(name=name) for name in node.output if name],
        [onnx.numpy_helper.from_array(known[name], name) for name in node.input if name],
    )
    alone = onnx.helper.make_model(graph, opset_imports=model.opset_import)
    found = ReferenceEvaluator(alone).run(None, {})
    names = [name for name in node.output if name]
    return {name: np.asarray(value) for name, value in zip(names, found, strict=True)}


def _not_trainable(spec: ModelSpec, why: str) -> FinderError:
    return FinderError(
        tr("{title} cannot be trained: {why}.").format(title=spec.title, why=why),
        tr("Choose another model, or a network of torchvision, such as --from resnet18."),
    )
