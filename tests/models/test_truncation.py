"""The truncated model computes what the whole one computed there, and has nothing else in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from importable import EXPORTED, SIDE, WIDTH, body, classifier, model_of, node, saved, weights
from importable import whole as whole_numbers
from onnx import ModelProto, TensorProto, helper

from finder.core.errors import FinderError
from finder.core.models.graph.truncation import OUTPUT, Feature, TruncatedModel, truncate
from finder.core.models.importing.model_reader import read_model
from finder.core.models.runtime.session import run_once

MAP = model_of([node("Conv", ["image", "kernel"], ["map"])], [weights("kernel", 5, 3, 3, 3)])


def pictures(number: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(number, *shape)).astype(np.float32)


def embeddings(made: TruncatedModel, batch: np.ndarray) -> np.ndarray:
    ((output,),) = run_once(made.content, [batch])
    return output


def values(model: ModelProto, name: str, batch: np.ndarray) -> np.ndarray:
    """What the whole model computes there."""
    open_model = ModelProto()
    open_model.CopyFrom(model)
    del open_model.graph.output[:]
    open_model.graph.output.add().name = name
    ((output,),) = run_once(open_model.SerializeToString(), [batch])
    return output


def test_only_what_the_feature_needs_is_left() -> None:
    model = classifier()
    made = truncate(model, Feature("feature", "whole"))
    left = onnx.load_from_string(made.content)
    onnx.checker.check_model(left, full_check=True)
    assert [value.name for value in left.graph.input] == ["image"] == [made.input]
    assert [value.name for value in left.graph.output] == [OUTPUT]
    assert "dense" not in {tensor.name for tensor in left.graph.initializer}
    assert not {"Gemm", "Softmax"} & {n.op_type for n in left.graph.node}
    assert made.dimension == WIDTH
    batch = pictures(1, 3, SIDE, SIDE)
    np.testing.assert_allclose(embeddings(made, batch), values(model, "feature", batch), rtol=1e-5)


def test_a_fixed_batch_of_one_becomes_free() -> None:
    made = truncate(classifier(), Feature("feature", "whole"))
    batch = pictures(3, 3, SIDE, SIDE)
    assert made.has_dynamic_batch
    apart = [embeddings(made, batch[n : n + 1]) for n in range(3)]
    np.testing.assert_allclose(embeddings(made, batch), np.concatenate(apart), rtol=1e-4)


def test_a_batch_that_cannot_be_free_stays_one() -> None:
    nodes = [
        node("Conv", ["image", "kernel"], ["map"]),
        node("Mul", ["map", "gain"], ["louder"]),
        node("GlobalAveragePool", ["louder"], ["pooled"]),
        node("Concat", ["pooled", "more"], ["feature"], axis=1),  # with a batch of 1
    ]
    constants = [
        weights("kernel", 5, 3, 3, 3),
        weights("gain", 1, 5, 1, 1),
        weights("more", 1, 3, 1, 1),
    ]
    made = truncate(model_of(nodes, constants), Feature("feature", "whole"))
    assert (made.has_dynamic_batch, made.dimension) == (False, 8)
    assert embeddings(made, pictures(1, 3, SIDE, SIDE)).shape == (1, 8)


def test_a_batch_whose_pictures_would_mix_stays_one() -> None:
    """It runs with two pictures, but each gets the mean of both."""
    nodes = [
        node("GlobalAveragePool", ["image"], ["mean"]),
        node("ReduceMean", ["mean", "axis"], ["level"], keepdims=1),
        node("Add", ["mean", "level"], ["feature"]),
    ]
    model = model_of(nodes, [whole_numbers("axis", [0])], shape=("n", 3, SIDE, SIDE))
    assert not truncate(model, Feature("feature", "whole")).has_dynamic_batch


@pytest.mark.parametrize(("take", "reduce"), [("mean", np.mean), ("max", np.max)])
def test_pooling_a_map(take: str, reduce: object) -> None:
    made = truncate(MAP, Feature("map", take))
    batch = pictures(2, 3, SIDE, SIDE)
    expected = [values(MAP, "map", batch[n : n + 1]) for n in range(2)]
    assert callable(reduce)
    np.testing.assert_allclose(
        embeddings(made, batch), reduce(np.concatenate(expected), axis=(2, 3)), rtol=1e-4, atol=1e-5
    )


def test_a_map_with_its_channels_last_is_pooled_over_its_places() -> None:
    model = read_model(EXPORTED / "keras_map.onnx")
    made = truncate(model, Feature("Identity:0", "mean"))
    batch = pictures(1, 32, 32, 3)
    expected = values(model, "Identity:0", batch).mean(axis=(1, 2))
    np.testing.assert_allclose(embeddings(made, batch), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("take", ["first", "mean"])
def test_pooling_tokens(take: str) -> None:
    model = read_model(EXPORTED / "torch_tokens.onnx")
    made = truncate(model, Feature("last_hidden_state", take))
    batch = pictures(2, 3, 32, 32)
    tokens = values(model, "last_hidden_state", batch)
    expected = tokens[:, 0] if take == "first" else tokens.mean(axis=1)
    assert made.has_dynamic_batch
    np.testing.assert_allclose(embeddings(made, batch), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("opset", range(7, onnx.defs.onnx_opset_version() + 1))
def test_every_opset_from_7_on(opset: int) -> None:
    """Also those that ONNX Runtime does not know yet: nothing in this graph has changed."""
    made = truncate(classifier(opset=opset), Feature("feature", "whole"))
    assert (made.dimension, made.has_dynamic_batch) == (WIDTH, True)
    assert onnx.load_from_string(made.content).opset_import[0].version == min(opset, 21)


def test_an_operator_that_is_newer_keeps_its_opset() -> None:
    nodes = [
        node("GlobalAveragePool", ["image"], ["mean"]),
        node("RMSNormalization", ["mean", "gain"], ["feature"], axis=1),
    ]
    model = model_of(nodes, [weights("gain", 3, 1, 1)], opset=23)
    made = truncate(model, Feature("feature", "whole"))
    assert onnx.load_from_string(made.content).opset_import[0].version == 23


def test_constants_that_an_old_format_lists_as_inputs_are_no_inputs() -> None:
    model = classifier(opset=8, ir_version=3)
    for tensor in model.graph.initializer:
        model.graph.input.append(
            helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        )
    left = onnx.load_from_string(truncate(model, Feature("pooled", "whole")).content)
    assert [value.name for value in left.graph.input] == ["image"]


def test_what_a_subgraph_uses_is_kept() -> None:
    branch = body([node("Mul", ["mean", "gain"], ["louder"])], ["louder"])
    other = body([node("Identity", ["mean"], ["same"])], ["same"])
    nodes = [
        node("GlobalAveragePool", ["image"], ["mean"]),
        node("If", ["yes"], ["feature"], then_branch=branch, else_branch=other),
    ]
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    model = model_of(nodes, [weights("gain", 1, 3, 1, 1), yes])
    made = truncate(model, Feature("feature", "whole"))
    batch = pictures(1, 3, SIDE, SIDE)
    expected = values(model, "feature", batch).reshape(1, 3)
    np.testing.assert_allclose(embeddings(made, batch), expected, rtol=1e-5)


def test_a_models_own_operators_are_kept_if_used() -> None:
    opsets = [helper.make_opsetid("", 20)]
    used = helper.make_function(
        "own", "Pool", ["x"], ["y"], [node("GlobalAveragePool", ["x"], ["y"])], opsets
    )
    unused = helper.make_function(
        "own", "Same", ["x"], ["y"], [node("Identity", ["x"], ["y"])], opsets
    )
    model = model_of([node("Pool", ["image"], ["feature"], domain="own")])
    model.opset_import.append(helper.make_opsetid("own", 1))
    model.functions.extend([used, unused])
    made = truncate(model, Feature("feature", "whole"))
    assert [f.name for f in onnx.load_from_string(made.content).functions] == ["Pool"]


def test_a_value_called_embedding_does_not_get_in_the_way() -> None:
    nodes = [
        node("Conv", ["image", "kernel"], ["embedding"]),
        node("Relu", ["embedding"], ["embedding_1"]),
    ]
    model = model_of(nodes, [weights("kernel", 5, 3, 3, 3)])
    for name in ("embedding", "embedding_1"):
        made = truncate(model, Feature(name, "mean"))
        batch = pictures(1, 3, SIDE, SIDE)
        expected = values(model, name, batch).mean(axis=(2, 3))
        np.testing.assert_allclose(embeddings(made, batch), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("element", [TensorProto.FLOAT16, TensorProto.UINT8])
def test_other_types_of_input_give_float32(element: int) -> None:
    first = [node("Cast", ["image"], ["begin"], to=TensorProto.FLOAT)]
    made = truncate(classifier(element=element, first=first), Feature("pooled", "whole"))
    kind = helper.tensor_dtype_to_np_dtype(element)
    assert embeddings(made, pictures(2, 3, SIDE, SIDE).astype(kind)).dtype == np.float32


def test_float16_all_through() -> None:
    made = truncate(read_model(EXPORTED / "torch_cnn_half.onnx"), Feature("view", "whole"))
    output = embeddings(made, pictures(2, 3, 32, 32).astype(np.float16))
    assert output.dtype == np.float32
    assert (output.shape, made.has_dynamic_batch) == ((2, 24), True)


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        (Feature("nowhere", "whole"), "no value called “nowhere”"),
        (Feature("feature", "mean"), "“mean” cannot be applied"),
        (Feature("active", "first"), "“first” cannot be applied"),
        (Feature("feature", "median"), "“median” cannot be applied"),
        (Feature("still", "whole"), "does not depend on the picture"),
        (Feature("class", "whole"), "does not hold floating-point numbers"),
    ],
)
def test_what_cannot_be_the_feature_is_reported(feature: Feature, says: str) -> None:
    model = classifier()
    model.graph.node.append(node("Identity", ["kernel"], ["still"]))
    model.graph.node.append(node("ArgMax", ["logits"], ["class"], axis=1))
    with pytest.raises(FinderError, match=says) as caught:
        truncate(model, feature)
    assert caught.value.hint


def test_too_many_numbers_are_refused() -> None:
    model = model_of([node("Relu", ["image"], ["large"])], shape=(1, 3, 200, 200))
    with pytest.raises(FinderError, match="120000 numbers"):
        truncate(model, Feature("large", "whole"))


def test_the_model_itself_is_not_changed(tmp_path: Path) -> None:
    model = read_model(saved(classifier(opset=23), tmp_path))
    before = model.SerializeToString()
    truncate(model, Feature("feature", "whole"))
    assert model.SerializeToString() == before
