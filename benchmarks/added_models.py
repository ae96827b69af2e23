"""The cost of running a model from an unknown source in a process of its own: pictures per second,
compared with the same model in this process.

python -m benchmarks.added_models [--short] [--runs N]
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from benchmarks.common import Options, in_turn, median, options, ratio, seconds, section, table
from benchmarks.material import default_model
from finder.core.models.model_folders import write_new_model
from finder.core.models.runtime.embedder import Embedder
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.spec import ModelSpec
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.samples import sample_pictures
from finder.workers.models.model_process import ModelProcess
from finder.workers.worker_pools import lower_priority, worker_count

_SIDE, _WIDTH = 96, 64
_TARGET = 0.9
"""Of the speed in this process."""


def main() -> None:
    args = options(__doc__, runs=7, short_runs=3)
    with tempfile.TemporaryDirectory() as folder:
        lite = default_model()
        rows = [row for spec in (_small(Path(folder), lite), lite) for row in _measured(spec, args)]
    head = ("model", "what", "threads", "here", "in its own process", "ratio")
    explained = (
        "An added model whose file is not a known one is computed in a process of its own, with "
        f"limits of memory and time. The target is at least {_TARGET:g} of the speed from the file "
        "to the vector. Pictures per second, medians of runs in turn."
    )
    section("Added models in a process of their own", "added_models", explained, table(head, rows))


def _small(folder: Path, like: ModelSpec) -> ModelSpec:
    """Two convolutions: about as little as any useful model computes."""
    random = np.random.default_rng(7)

    def weights(name: str, *shape: int) -> TensorProto:
        return numpy_helper.from_array(random.normal(size=shape).astype(np.float32), name)

    node = helper.make_node
    graph = helper.make_graph(
        [
            node("Conv", ["image", "first"], ["wide"], strides=[2, 2]),
            node("Relu", ["wide"], ["active"]),
            node("Conv", ["active", "second"], ["wider"], strides=[2, 2]),
            node("GlobalAveragePool", ["wider"], ["feature"]),
        ],
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, _SIDE, _SIDE))],
        [helper.make_tensor_value_info("feature", TensorProto.FLOAT, (1, _WIDTH, 1, 1))],
        [weights("first", 32, 3, 3, 3), weights("second", _WIDTH, 32, 3, 3)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    given = replace(like.input, name="image", layout="NCHW", height=_SIDE, width=_SIDE)
    spec = replace(like, name="small", dimension=_WIDTH, input=given, output="feature")
    return write_new_model(folder, spec, model.SerializeToString())


def _measured(spec: ModelSpec, args: Options) -> list[tuple[object, ...]]:
    paths = [str(path) for path in sample_pictures()]
    number = (2_000 if spec.name == "small" else 160) // (2 if args.short else 1)
    rows: list[tuple[object, ...]] = []
    with closing(ModelProcess(spec)) as apart:
        both: dict[str, Embedder] = {"here": Extractor(spec), "apart": apart}
        for what, load in (("extraction", _decoded(spec, paths)), ("from the file", None)):
            for threads in sorted({1, worker_count()}):
                rates = in_turn(
                    args.runs,
                    {
                        name: partial(_rate, embedder, load, paths, number, threads)
                        for name, embedder in both.items()
                    },
                )
                rows.append((spec.name, what, threads, *_numbers(rates)))
    return rows


def _numbers(rates: dict[str, list[float]]) -> tuple[str, str, str]:
    here, apart = rates["here"], rates["apart"]
    return f"{median(here):,.1f}", f"{median(apart):,.1f}", f"{ratio(apart, here):.3f}"


def _decoded(spec: ModelSpec, paths: Sequence[str]) -> Callable[[str], object]:
    images = {path: decode(read_file(path), spec.decode_side).image for path in paths}
    return images.__getitem__


def _rate(
    embedder: Embedder,
    load: Callable[[str], object] | None,
    paths: Sequence[str],
    number: int,
    threads: int,
) -> float:
    side = embedder.spec.decode_side

    def take(path: str) -> None:
        image = load(path) if load else decode(read_file(path), side).image
        embedder.embed_image(image)  # type: ignore[arg-type]

    with ThreadPoolExecutor(threads, initializer=lower_priority) as pool:  # as in an indexing run
        taken = list(itertools.islice(itertools.cycle(paths), number))
        return number / seconds(lambda: list(pool.map(take, taken)))


if __name__ == "__main__":
    main()
