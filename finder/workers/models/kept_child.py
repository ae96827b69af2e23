"""A model's process that is started again where it has ended (`model_child`)."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.workers.models.model_child import ModelChild
from finder.workers.models.model_frames import READY, read_error

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec


class KeptChild:
    """It ends with this object, or with this process. Thread-safe."""

    def __init__(self, spec: ModelSpec, command: Sequence[str], at_once: int) -> None:
        """As `ModelChild`. Raises FinderError if the model cannot be loaded."""
        self._spec = spec
        self._command = command
        self._at_once = at_once
        self._starting = threading.Lock()
        self._children: list[ModelChild] = []
        self._closed = False
        weakref.finalize(self, _kill_all, self._children)
        self.get()

    @property
    def process_id(self) -> int:
        """Of the newest child."""
        return self._children[-1].process.pid

    def get(self) -> ModelChild:
        """The process, a new one if it has ended. Raises FinderError."""
        with self._starting:
            if self._closed:
                raise FinderError(
                    tr("The model {title} is no longer in use.").format(title=self._spec.title)
                )
            if not self._children or self._children[-1].has_ended:
                self._children[:] = [ModelChild(self._spec, self._command, self._at_once)]
                if self._closed:  # while it was started
                    self._children[0].kill()
                self._require_ready(self._children[0])
            return self._children[0]

    def close(self) -> None:
        """End the process, and wait for that. It cannot be used afterwards."""
        self._closed = True
        for child in list(self._children):
            child.kill()
            child.wait()

    def _require_ready(self, child: ModelChild) -> None:
        kind, content = b"", b""  # type: bytes, bytes | bytearray
        with suppress(EOFError, OSError, ValueError):
            kind, content = child.first_message()
        if kind == READY:
            return
        child.kill()
        raise read_error(content) or FinderError(
            tr("The model {title} could not be started in a process of its own.").format(
                title=self._spec.title
            ),
            tr("Switch it off, or remove it."),
        )


def _kill_all(children: list[ModelChild]) -> None:
    for child in list(children):
        child.kill()
