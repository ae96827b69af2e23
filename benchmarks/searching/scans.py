"""Smaller copies of a matrix, which are scanned before the matrix itself.

A copy x̂ of a row x is off by no more than e = |x − x̂|, which is kept for each row: by the
Cauchy–Schwarz inequality |q·x − q·x̂| ≤ |q| e. So the nearest are surely among the rows whose
product can be as large as the least that the k-th best is sure to have.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from benchmarks.searching.asking import Vectors
from benchmarks.searching.features import row_blocks
from finder.core.search.ranking.ranking import largest

_THREADS = 2
_CLIPPED = 4.5
"""In standard deviations: what is beyond it in a rotated row counts as error."""
_SPREAD = 256
_ROWS_OF_SESSION = 100_000
_NUMPY_BLOCK = 1_024
_FIRST_TAKEN = 200
_DISTANCE = 4e-6
"""Rows are of length 1 but for rounding: the nearest and those of the largest products are the
same when products differ by more than this."""
_Float = TypeVar("_Float", np.float32, np.float64)


class Scan(Protocol):
    """A copy to scan. errors: float32 [N], for a query in float32 the most by which each row's
    product with it can be off."""

    errors: Vectors

    def candidates(self, query: Vectors, number: int) -> NDArray[np.int64]:
        """Rows which surely include the `number` nearest to a unit vector, in no order."""


@dataclass(frozen=True)
class Rounded:
    """A vector as `codes` (whole numbers from −127 to 127, as float32) times a step; error: the
    distance of the two."""

    codes: Vectors
    step: float
    error: float

    def errors(self, of_rows: Vectors) -> Vectors:
        """By how much products can be off with rows that are themselves off by so much:
        |q·x − q̂·x̂| ≤ |q| |x − x̂| + |q − q̂| |x̂|."""
        off: Vectors = of_rows * np.float32(1 + self.error) + np.float32(1.001 * self.error)
        return off


class Int8Bounds:
    """What belongs to the codes of `int8_copy`: how rows and queries are rotated, the step of the
    rows' codes, and by how much each row is off [N], rounding included."""

    def __init__(self, rows: int, dimension: int) -> None:
        self.rotation = Rotation(dimension)
        self.step = float(np.float32(_CLIPPED / 127 / np.sqrt(dimension)))
        self.errors = np.empty(rows, np.float32)

    def rotated(self, query: Vectors) -> Vectors:
        wide = query.astype(np.float64)[np.newaxis]
        rotated: Vectors = self.rotation.apply(wide)[0].astype(np.float32)
        return rotated

    def rounded(self, query: Vectors) -> Rounded:
        rotated = self.rotated(query)
        step = np.abs(rotated).max() / np.float32(127)
        codes = np.rint(rotated / step)
        error = float(np.linalg.norm(rotated - codes * step)) + rounding(len(query))
        return Rounded(codes, float(step), error)


def int8_copy(matrix: Vectors) -> tuple[NDArray[np.int8], Int8Bounds]:
    """int8 [N, D] of the rotated rows: then all numbers are about as large, and one step fits
    all."""
    rows, dimension = matrix.shape
    codes, bounds = np.empty((rows, dimension), np.int8), Int8Bounds(rows, dimension)
    step = np.float32(bounds.step)
    for block, vectors in row_blocks(matrix):
        rotated = bounds.rotation.apply(vectors)
        whole = np.clip(np.rint(rotated / step), -127, 127)
        codes[block] = whole
        bounds.errors[block] = np.linalg.norm(rotated - whole * step, axis=1)
    bounds.errors *= np.float32(1 + rounding(dimension))
    bounds.errors += np.float32(bounds.rotation.largest_error + rounding(dimension))
    return codes, bounds


class Rotation:
    """Spreads what is in one number over 256: random signs, a random order, and for each 256 a
    Hadamard matrix. largest_error: of a float32 vector of length 1, by rounding."""

    def __init__(self, dimension: int) -> None:
        if dimension % _SPREAD:
            raise ValueError(f"{dimension} numbers are no multiple of {_SPREAD}")
        random = np.random.default_rng(11)
        self._signs = random.choice(np.array([-1, 1], np.float32), dimension)
        self._order = random.permutation(dimension)
        self._hadamard = np.ones((1, 1), np.float32)
        while len(self._hadamard) < _SPREAD:
            self._hadamard = np.kron(self._hadamard, np.array([[1, 1], [1, -1]], np.float32))
        # of each number by 256 u |x| when summed in whatever order, so of 256 by 16 times that
        self.largest_error = _SPREAD * np.sqrt(_SPREAD) * 2.0**-24

    def apply(self, vectors: NDArray[_Float]) -> NDArray[_Float]:
        """Of each row [N, D], in the precision of the rows."""
        mixed = np.ascontiguousarray((vectors * self._signs.astype(vectors.dtype))[:, self._order])
        spread = mixed.reshape(-1, _SPREAD) @ self._hadamard.astype(vectors.dtype)
        spread /= vectors.dtype.type(np.sqrt(_SPREAD))  # 16: exact
        return spread.reshape(vectors.shape)


class RuntimeInt8:
    """ONNX Runtime's MatMulInteger over an int8 copy; the query is rounded to 8 bits, too."""

    def __init__(self, matrix: Vectors) -> None:
        codes, self._bounds = int8_copy(matrix)
        self.errors = self._bounds.errors
        self._sessions = [
            _session(codes[start : start + _ROWS_OF_SESSION])
            for start in range(0, len(matrix), _ROWS_OF_SESSION)
        ]
        self._check(codes)

    def candidates(self, query: Vectors, number: int) -> NDArray[np.int64]:
        rounded = self._bounds.rounded(query)
        products = self._products(rounded.codes).astype(np.float32)
        products *= np.float32(rounded.step * self._bounds.step)
        return surely_among(products, rounded.errors(self.errors), number)

    def _products(self, codes: Vectors) -> NDArray[np.int32]:
        unsigned = (codes + 128).astype(np.uint8)[np.newaxis]
        parts = [session.run(None, {"query": unsigned})[0][0] for session in self._sessions]
        return np.concatenate(parts)

    def _check(self, codes: NDArray[np.int8]) -> None:
        """On processors without instructions for it the sums may saturate: then nothing holds."""
        extreme = np.where(codes[0] < 0, -127, 127)
        exact = codes[:1_000].astype(np.int64) @ extreme
        if not np.array_equal(self._products(extreme.astype(np.float32))[:1_000], exact):
            raise RuntimeError("MatMulInteger is not exact on this processor")


class FaissInt8:
    """faiss with an int8 copy; it, too, computes with whole numbers."""

    def __init__(self, matrix: Vectors) -> None:
        codes, self._bounds = int8_copy(matrix)
        self.errors = self._bounds.errors
        self._halves = FaissHalves("QT_8bit_direct_signed", codes)

    def candidates(self, query: Vectors, number: int) -> NDArray[np.int64]:
        rounded = self._bounds.rounded(query)
        step, errors = rounded.step * self._bounds.step, rounded.errors(self.errors)
        return self._halves.candidates(rounded.codes, step, errors, number)


class FaissFloat16:
    """faiss with a float16 copy."""

    def __init__(self, matrix: Vectors) -> None:
        self.errors = float16_errors(matrix)
        self._halves = FaissHalves("QT_fp16", matrix)

    def candidates(self, query: Vectors, number: int) -> NDArray[np.int64]:
        return self._halves.candidates(query, 1.0, self.errors, number)


class FaissHalves:
    """One of faiss' scalar quantisers, half of the rows in each of two threads. It gives the best
    rows only: if their number does not prove that all are among them, it is asked for more."""

    def __init__(self, kind: str, vectors: NDArray[Any]) -> None:
        faiss: Any = importlib.import_module("faiss")
        self._pool = ThreadPoolExecutor(_THREADS)
        self._starts = [len(vectors) * part // _THREADS for part in range(_THREADS + 1)]
        self._indexes: list[Any] = []
        for begin, end in zip(self._starts, self._starts[1:], strict=False):
            index = faiss.IndexScalarQuantizer(
                vectors.shape[1],
                getattr(faiss.ScalarQuantizer, kind),
                faiss.METRIC_INNER_PRODUCT,
            )
            for _, rows in row_blocks(vectors[begin:end]):
                index.add(rows.astype(np.float32))
            self._indexes.append(index)

    def candidates(
        self, query: Vectors, step: float, errors: Vectors, number: int
    ) -> NDArray[np.int64]:
        """step: what its products are to be multiplied by."""
        largest_error, taken = float(errors.max()), max(_FIRST_TAKEN, 2 * number)
        while True:
            products, rows, others = self._best(query, taken)
            products *= np.float32(step)
            least = np.sort(products - errors[rows])[-number]
            if others * step + largest_error < least or taken >= len(errors):
                found: NDArray[np.int64] = rows[products + errors[rows] >= least]
                return found
            taken *= 16

    def _best(self, query: Vectors, taken: int) -> tuple[Vectors, NDArray[np.int64], float]:
        """(products, rows, the largest product that another row can have)."""
        found = list(self._pool.map(lambda index: index.search(query[None], taken), self._indexes))
        there = [rows[0] >= 0 for _, rows in found]
        products = [values[0][kept] for (values, _), kept in zip(found, there, strict=True)]
        parts = zip(found, there, self._starts, strict=False)
        rows = [rows[0][kept] + start for (_, rows), kept, start in parts]
        lowest = [float(part[-1]) for part in products if len(part) == taken]
        return np.concatenate(products), np.concatenate(rows), max(lowest, default=-np.inf)


class NumpyScan:
    """numpy alone: block by block converted to float32 in the processor's cache."""

    def __init__(
        self,
        codes: NDArray[Any],
        errors: Vectors,
        rotated: Callable[[Vectors], Vectors] = lambda query: query,
        step: float = 1.0,
    ) -> None:
        self.errors = errors
        self._codes, self._rotated, self._step = codes, rotated, np.float32(step)

    def candidates(self, query: Vectors, number: int) -> NDArray[np.int64]:
        rotated = self._rotated(query) * self._step
        products = np.empty(len(self._codes), np.float32)
        buffer = np.empty((_NUMPY_BLOCK, len(query)), np.float32)
        for start in range(0, len(self._codes), _NUMPY_BLOCK):
            codes = self._codes[start : start + _NUMPY_BLOCK]
            block = buffer[: len(codes)]
            np.copyto(block, codes)
            np.matmul(block, rotated, out=products[start : start + len(codes)])
        return surely_among(products, self.errors, number)


def numpy_int8(matrix: Vectors) -> NumpyScan:
    codes, bounds = int8_copy(matrix)
    return NumpyScan(codes, bounds.errors, bounds.rotated, bounds.step)


def numpy_float16(matrix: Vectors) -> NumpyScan:
    codes = np.empty(matrix.shape, np.float16)
    for block, vectors in row_blocks(matrix):
        codes[block] = vectors
    return NumpyScan(codes, float16_errors(matrix))


def float16_errors(matrix: Vectors) -> Vectors:
    """|x − float16(x)| of each row [N], and rounding."""
    parts = [
        np.linalg.norm(vectors - vectors.astype(np.float16), axis=1)
        for _, vectors in row_blocks(matrix)
    ]
    errors: Vectors = np.concatenate(parts) + np.float32(rounding(matrix.shape[1]))
    return errors


def surely_among(products: Vectors, errors: Vectors, number: int) -> NDArray[np.int64]:
    """The rows which can be among the `number` with the largest products."""
    lower = products - errors
    least = lower[largest(lower, number)].min()
    return np.flatnonzero(products + errors >= least)


def rounding(dimension: int) -> float:
    """The most by which a product of two vectors of about length 1 can be off when it is summed up
    in float32 in whatever order: n u for n products, u = 2⁻²⁴."""
    return 1.05 * dimension * 2.0**-24 + _DISTANCE


def _session(codes: NDArray[np.int8]) -> ort.InferenceSession:
    """The products of a query [1, D] with these rows, which it keeps twice: in an order of its own,
    and as they were given.

    The query is uint8 with the zero point 128: for that there is a fast way, for int8 there is
    none.
    """
    rows, dimension = codes.shape
    weights = helper.make_tensor(
        "rows", TensorProto.INT8, [dimension, rows], codes.T.tobytes(), raw=True
    )
    zero = helper.make_tensor("zero", TensorProto.UINT8, [], bytes([128]), raw=True)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["query", "rows", "zero"], ["products"])],
        "scan",
        [helper.make_tensor_value_info("query", TensorProto.UINT8, [1, dimension])],
        [helper.make_tensor_value_info("products", TensorProto.INT32, [1, rows])],
        [weights, zero],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = _THREADS
    return ort.InferenceSession(model.SerializeToString(), options)
