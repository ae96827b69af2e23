"""The classifier that belongs to a trained model: it proposes labels for the vectors of a library.

It is kept beside the model's file, with weights for vectors of length 1, so that no picture needs
to be opened.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.small_files import read_bytes

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

FILE: Final = "labels.npz"
TRAINED: Final = "trained"
"""The table of `model.toml` that says how a model was trained."""
_MAX_BYTES: Final = 500_000_000


@dataclass(frozen=True)
class LabelHead:
    """weights: float32 [labels, dimension]; bias: float32 [labels]; names: of the labels."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    names: tuple[str, ...]

    def as_bytes(self) -> bytes:
        content = io.BytesIO()
        np.savez(content, weights=self.weights, bias=self.bias, names=np.array(self.names))
        return content.getvalue()

    def propose(
        self, vectors: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """For unit vectors [n, dimension] the number of the likeliest label [n], and how sure the
        classifier is of it, 0 … 1."""
        scores = (vectors @ self.weights.T + self.bias).astype(np.float64)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        labels = shares.argmax(axis=1)
        return labels, shares[np.arange(len(shares)), labels]


def has_head(spec: ModelSpec) -> bool:
    return spec.has_file and (spec.file.parent / FILE).is_file()


def load_head(spec: ModelSpec) -> LabelHead:
    """Raises FinderError if the model has none, or a damaged one."""
    path = spec.file.parent / FILE
    if not has_head(spec):
        raise FinderError(
            tr("{title} has learned no labels.").format(title=spec.title),
            tr("Choose a model that was trained on labels."),
        )
    try:
        with np.load(io.BytesIO(read_bytes(path, _MAX_BYTES)), allow_pickle=False) as arrays:
            weights, bias, names = (arrays[key] for key in ("weights", "bias", "names"))
        if weights.shape != (len(names), spec.dimension) or bias.shape != (len(names),):
            raise ValueError(tr("its size is wrong"))
        return LabelHead(
            weights.astype(np.float32), bias.astype(np.float32), tuple(map(str, names.tolist()))
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise FinderError(
            tr("The labels of {title} cannot be read: {why}.").format(
                title=spec.title, why=str(error)[:200]
            ),
            tr("Remove the model, and train it again."),
        ) from error
