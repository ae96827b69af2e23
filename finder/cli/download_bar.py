"""How far a download is: a bar on a terminal, plain lines elsewhere, both on stderr."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from finder.cli.printing import PLAIN_LINE_EVERY, say
from finder.core.i18n import tr
from finder.core.web.remote_file import DownloadProgress, Stage


class DownloadBar:
    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._terminal = sys.stderr.isatty()
        self._said_at = time.monotonic()
        self._doing: tuple[Stage, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def look(self, step: DownloadProgress) -> None:
        if (step.stage, step.host) != self._doing:
            self._doing = step.stage, step.host
            self._close()
            self._say_stage(step)
        if step.stage is not Stage.LOADING:
            return
        if self._terminal:
            self._draw(step)
        elif time.monotonic() - self._said_at > PLAIN_LINE_EVERY:
            self._said_at = time.monotonic()
            say(_megabytes(step))

    def _say_stage(self, step: DownloadProgress) -> None:
        if step.stage is Stage.CONNECTING:
            say(tr("Connecting to {host} …").format(host=step.host))
        elif step.stage is Stage.LOADING and not self._terminal:
            say(tr("Downloading: {size} …").format(size=_megabytes(step)))
        elif step.stage is Stage.CHECKING:
            say(tr("Checking …"))
        elif step.stage is Stage.PREPARING:
            say(tr("Preparing the model …"))

    def _draw(self, step: DownloadProgress) -> None:
        if self._bar is None:
            self._bar = tqdm(
                total=step.total,
                initial=step.done,
                unit="B",
                unit_scale=True,
                dynamic_ncols=True,
            )
        self._bar.update(step.done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            with suppress(OSError):  # a terminal that was closed
                self._bar.close()
            self._bar = None


def _megabytes(step: DownloadProgress) -> str:
    if step.total is None:
        return tr("{done:.1f} MB").format(done=step.done / 1e6)
    return tr("{done:.1f} of {total:.1f} MB").format(done=step.done / 1e6, total=step.total / 1e6)
