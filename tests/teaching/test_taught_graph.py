"""The graph of a taught model, from bases of different ONNX versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from making import tiny_spec
from numpy.typing import NDArray
from onnx import TensorProto, helper

from finder.core.errors import FinderError
from finder.core.models.spec import ModelSpec
from finder.core.teaching.projection import Projection
from finder.core.teaching.taught_graph import INPUT, OUTPUT, taught_graph

PROJECTION = Projection(np.eye(6, 4, dtype=np.float32), np.arange(4, dtype=np.float32))
PIXELS = np.random.default_rng(3).random((2, 3, 4, 4), np.float32)


def base(folder: Path, opset: int, operator: str) -> ModelSpec:
    """A model whose feature is the maximum or mean of each channel."""
    graph = helper.make_graph(
        [
            helper.make_node(operator, ["pixels"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["feature"]),
        ],
        operator,
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", 3, 4, 4])],
        [helper.make_tensor_value_info("feature", TensorProto.FLOAT, ["batch", 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    file = folder / f"{operator}-{opset}.onnx"
    file.write_bytes(model.SerializeToString())
    spec = tiny_spec()
    return replace(spec, file=file, input=replace(spec.input, name="pixels"), output="feature")


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / lengths


@pytest.mark.parametrize(("first", "second"), [(13, 20), (20, 13), (17, 18), (20, 20)])
def test_bases_of_different_versions_are_joined(tmp_path: Path, first: int, second: int) -> None:
    bases = [base(tmp_path, first, "GlobalMaxPool"), base(tmp_path, second, "GlobalAveragePool")]
    content = taught_graph(bases, PROJECTION)
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (embedded,) = session.run([OUTPUT], {INPUT: PIXELS})
    features = np.hstack([unit(PIXELS.max(axis=(2, 3))), unit(PIXELS.mean(axis=(2, 3)))])
    expected = features @ PROJECTION.matrix + PROJECTION.offset
    np.testing.assert_allclose(embedded, expected, rtol=1e-5)


def test_a_base_that_cannot_be_converted_is_named(tmp_path: Path) -> None:
    old = replace(base(tmp_path, 9, "Affine"), title="Old")
    with pytest.raises(FinderError, match="Old is written for an older version of ONNX") as refused:
        taught_graph([old, base(tmp_path, 20, "GlobalAveragePool")], PROJECTION)
    assert refused.value.hint == "Teach without it, or from it alone."
