"""The next files of a run: those whose pictures other machines have embedded are found out first.

Each file is read once more for that, which takes little: a worker reads it soon after.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from itertools import islice
from typing import TYPE_CHECKING

from finder.core.library.indexing.worker import WorkerContext, content_id_to_embed

if TYPE_CHECKING:
    from finder.core.library.indexing.executors import Executors
    from finder.core.library.indexing.stored_picture import AskForStored, StoredPicture
    from finder.core.pictures.scan import FoundFile

_AT_ONCE = 32
"""Files for one question, or as many as the workers have at a time."""
_PER_WORKER = 4


class LookAhead:
    """Gives the files of a run in their order. What other machines have of their pictures is in
    `WorkerContext.stored` then."""

    def __init__(
        self,
        files: Iterator[FoundFile],
        executors: Executors,
        context: WorkerContext,
        ask: AskForStored | None,
    ) -> None:
        """ask: is called in the storing thread; None: there is nobody to ask."""
        self._files = files
        self._executors = executors
        self._context = context
        self._ask = ask
        self._ready: deque[FoundFile] = deque()
        self._next: list[FoundFile] = []
        self._hashing: list[Future[int | None]] = []
        self._asking: Future[Mapping[int, StoredPicture]] | None = None
        self._late = 0.0

    @property
    def has_more(self) -> bool:
        """Whether files are left that `take` has not given although they were wanted."""
        return bool(self._ready or self._next)

    def take(self, number: int) -> list[FoundFile]:
        """The next files, `number` at most; none while they are being asked about. Raises what the
        question raised."""
        if self._ask is None:
            return list(islice(self._files, number))
        self._go_on()
        return [self._ready.popleft() for _ in range(min(number, len(self._ready)))]

    def wait(self, seconds: float | None) -> None:
        """For the files that are being asked about, at most so long."""
        if self._asking is not None:
            wait([self._asking], seconds)
        elif self._hashing:
            wait(self._hashing, seconds)

    def stop(self) -> None:
        """Begin nothing more."""
        for future in self._hashing:
            future.cancel()
        if self._asking is not None:
            self._asking.cancel()

    def end(self) -> None:
        """`stop`, and wait for what the storing thread is asking."""
        self.stop()
        if self._asking is not None:
            wait([self._asking])

    def _go_on(self) -> None:
        size = max(_AT_ONCE, _PER_WORKER * self._executors.size)
        if not self._next and len(self._ready) < size:
            self._begin(list(islice(self._files, size)))
        if self._next and self._asking is None and self._are_hashed():
            self._ask_for(self._content_ids())
        if self._asking is not None and self._asking.done():
            for picture, stored in self._asking.result().items():
                self._context.stored.put(picture, stored)
            self._release()

    def _begin(self, files: list[FoundFile]) -> None:
        self._next = files
        submit = self._executors.extracting.submit
        self._hashing = [submit(content_id_to_embed, file, self._context) for file in files]
        self._late = time.monotonic() + self._executors.decode_timeout

    def _are_hashed(self) -> bool:
        """Or take so long that their threads may be blocked: then they are embedded here."""
        return time.monotonic() > self._late or all(future.done() for future in self._hashing)

    def _content_ids(self) -> list[int]:
        hashed = [future for future in self._hashing if not future.cancel()]
        found = (future.result() for future in hashed if future.done())
        return list(dict.fromkeys(picture for picture in found if picture is not None))

    def _ask_for(self, pictures: list[int]) -> None:
        assert self._ask is not None
        if not pictures:
            self._release()
            return
        models = [extractor.spec.name for extractor in self._context.extractors]
        self._asking = self._executors.storing.submit(self._ask, pictures, models)

    def _release(self) -> None:
        self._ready.extend(self._next)
        self._next, self._hashing, self._asking = [], [], None
