"""Words → vector, by a session of ONNX Runtime on the processor.

ONNX Runtime (`session`) and `tokenizers` (`tokenizer`) are imported when the first tower is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError, SkippedPicture, first_line
from finder.core.i18n import tr
from finder.core.models.runtime.embedder import normalised
from finder.core.models.runtime.session_errors import cannot_load, failed_on_words, wrong_dimension

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec


class TextTower:
    """The `TextEmbedder` of a model in this process."""

    def __init__(self, spec: ModelSpec) -> None:
        """Raises FinderError if the files are not those that `model.toml` describes."""
        from finder.core.models.runtime.session import open_text_session
        from finder.core.models.runtime.tokenizer import TextTokenizer

        assert spec.text is not None
        self.spec = spec
        self._text = spec.text
        self._tokenize = TextTokenizer.of_model(spec.text)
        self._session = open_text_session(spec, spec.text)

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Some words' vector: float32 [dimension], L2-normalised. Raises FinderError."""
        return unit_vector(self.spec, self.features(text))

    def features(self, text: str) -> NDArray[np.floating]:
        """The file's unscaled output for some words, [1, dimension]. Raises FinderError."""
        ids, mask = self._tokenize(text)
        inputs = {self._text.input: ids}
        if self._text.mask:
            inputs[self._text.mask] = mask
        features = np.asarray(self._run(inputs))
        if features.dtype.kind != "f":
            raise cannot_load(self.spec, tr("its output is not made of numbers"))
        if features.size != self.spec.dimension:  # not all files declare it
            raise wrong_dimension(self.spec, features.size)
        return features.reshape(1, -1)

    def _run(self, inputs: dict[str, NDArray[Any]]) -> object:
        try:
            (output,) = self._session.run([self._text.output], inputs)
        except Exception as error:  # ONNX Runtime's classes have no base of their own
            raise failed_on_words(self.spec, first_line(error)[:500]) from error
        return output


def unit_vector(spec: ModelSpec, features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Features [1, dimension] of some words, scaled to length 1: [dimension]. Raises FinderError if
    they are zero, or not finite."""
    try:
        vector: NDArray[np.float32] = normalised(features)[0]
    except SkippedPicture as error:
        raise FinderError(
            tr("{title} makes nothing of these words.").format(title=spec.title),
            tr("Use other words, or another model."),
        ) from error
    return vector
