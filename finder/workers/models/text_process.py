"""Words for a model that the user added: its text tower and tokenizer are loaded and run in a
process of their own, with limits. `text_server` is what runs in it.

Also those from a known source: parsing a large tokenizer takes seconds, in which no other thread of
the same process runs.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from finder.core.i18n import tr
from finder.core.models.runtime.session_errors import failed_on_words
from finder.core.paths import shipped_models_dir
from finder.workers.child_command import RUN_TEXT
from finder.workers.models.kept_child import KeptChild
from finder.workers.models.model_frames import TEXT, Message, read_error, read_features
from finder.workers.models.text_server import LONGEST_TEXT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.models.spec import ModelSpec

SECONDS: Final = 20.0
"""Time limit for one text."""


def text_process(spec: ModelSpec) -> TextProcess | None:
    """What embeds texts for this model in a process of its own; None for a text tower that ships.
    Raises FinderError if it cannot be loaded there."""
    assert spec.text is not None
    ships = spec.text.file.is_relative_to(shipped_models_dir())
    return None if ships else TextProcess(spec)


class TextProcess:
    """A `TextEmbedder` in another process, which ends with this object or with this process. If it
    crashes, or is too slow for a text, a new one is started for the next text."""

    def __init__(self, spec: ModelSpec, seconds: float = SECONDS) -> None:
        """seconds: for each text. Raises FinderError if the tower cannot be loaded."""
        assert spec.text is not None
        self.spec = spec
        self._seconds = seconds
        self._turn = threading.Lock()
        hashes = spec.text.sha256, spec.text.tokenizer_sha256
        self._child = KeptChild(spec, (RUN_TEXT, str(spec.text.file.parent), *hashes), at_once=1)

    @property
    def process_id(self) -> int:
        return self._child.process_id

    def close(self) -> None:
        """End the process, and wait for that. The model cannot be used afterwards."""
        self._child.close()

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Some words' vector: float32 [dimension], L2-normalised. Raises FinderError."""
        from finder.core.models.runtime.text_tower import unit_vector

        with self._turn:
            message = self._request(text.encode("utf-8", "replace")[:LONGEST_TEXT])
        features = read_features(message, self.spec.dimension)
        if features is None:
            raise read_error(message[1]) or failed_on_words(
                self.spec, tr("its response is invalid")
            )
        return unit_vector(self.spec, features)

    def _request(self, content: bytes) -> Message:
        child = self._child.get()
        try:
            return child.request(TEXT, content, self._seconds)
        except TimeoutError as error:
            child.wait()  # the next words need a new one
            raise failed_on_words(self.spec, tr("it took too long")) from error
        except (EOFError, OSError, ValueError) as error:
            child.wait()
            raise failed_on_words(self.spec, tr("it crashed, or ran out of memory")) from error
