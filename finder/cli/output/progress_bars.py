"""Progress on stderr: a bar on a terminal, otherwise a line every few seconds."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, Self

from finder.cli.output.output import say
from finder.core.i18n import tr, trn
from finder.core.web.remote_file import DownloadProgress, Stage

if TYPE_CHECKING:
    from tqdm import tqdm

    from finder.core.library.indexing.progress import ModelProgress, Progress

_LINE_SECONDS = 5.0
"""Between two lines, if stderr is not a terminal."""


class Work(Protocol):
    """Progress of any long work. doing: the current step; done of total of it."""

    @property
    def doing(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...


class _Bar:
    """What the bars share; closed at the end of the context."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._is_terminal = sys.stderr.isatty()
        self._line_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _draw(self, done: int, total: int | None, **options: Any) -> None:
        """options: of a new tqdm."""
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=total, dynamic_ncols=True, **options)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the bar's line, before a message; a later step draws it anew."""
        if self._bar is not None:
            with suppress(OSError):  # a terminal that was closed
                self._bar.close()
            self._bar = None

    def _is_line_due(self) -> bool:
        """Whether it is time for another line; then the next one is due later."""
        now = time.monotonic()
        if now - self._line_at <= _LINE_SECONDS:
            return False
        self._line_at = now
        return True


class IndexBar(_Bar):
    """Progress of an indexing run."""

    def __init__(self) -> None:
        super().__init__()
        self._phase: str | None = None
        self._waiting = ""

    def show(self, progress: Progress) -> None:
        from finder.core.library.indexing.progress import Phase

        if progress.waiting != self._waiting:
            self._say_waiting(progress.waiting)
        if progress.phase is not self._phase:
            self.close()
        if progress.phase in (Phase.EXTRACTING, Phase.READING) and self._is_terminal:
            self._draw(progress.done, progress.total, unit=f" {tr('pictures')}")
            if self._bar is not None:
                self._bar.set_postfix_str(_postfix(progress), refresh=False)
        elif progress.phase != self._phase:
            self._say_phase(progress)
        elif self._is_line_due():
            self._say_numbers(progress)
        self._phase = progress.phase

    def _say_waiting(self, sentence: str) -> None:
        """Once for each time that the server is away; nothing while it is."""
        if bool(sentence) != bool(self._waiting):
            self.close()
            say(sentence or tr("The server is back."))
        self._waiting = sentence

    def _say_phase(self, progress: Progress) -> None:
        from finder.core.library.indexing.progress import Phase

        if progress.phase is Phase.CONNECTING:
            say(tr("Connecting to the server …"))
        elif progress.phase is Phase.SCANNING:
            say(tr("Looking for pictures …"))
        elif progress.phase is Phase.EXTRACTING:
            say(trn("{n} file to read …", "{n} files to read …", progress.total))
        elif progress.phase is Phase.READING:
            pictures = trn("{n} picture", "{n} pictures", progress.total)
            say(tr("Reading text in {pictures} …").format(pictures=pictures))

    def _say_numbers(self, progress: Progress) -> None:
        from finder.core.library.indexing.progress import Phase

        if progress.phase is Phase.SCANNING:
            say(trn("{n} picture found", "{n} pictures found", progress.found))
        elif progress.phase is Phase.EXTRACTING:
            say(_run_line(progress, _per_model(progress)))
        elif progress.phase is Phase.READING:
            say(_run_line(progress, tr("text in pictures")))


class WorkBar(_Bar):
    """Progress of other long work, always in lines."""

    def __init__(self) -> None:
        super().__init__()
        self._doing = ""

    def show(self, work: Work) -> None:
        if work.doing != self._doing:
            self._doing = work.doing
            say(tr("{doing} …").format(doing=work.doing))
        elif work.total and self._is_line_due():
            say(tr("{done:,} of {total:,}").format(done=work.done, total=work.total))


class ShareBar(_Bar):
    """Progress of work whose share is known."""

    def __init__(self) -> None:
        super().__init__()
        self._doing = ""

    def show(self, doing: str, share: float) -> None:
        """doing: a sentence on the current step; share: of this step, 0 … 1."""
        percent = round(100 * share)
        if doing != self._doing:
            self.close()
            self._doing = doing
            say(doing)
        elif self._is_terminal:
            self._draw(percent, 100, unit="%")
        elif self._is_line_due():
            say(tr("{percent} %").format(percent=percent))


class DownloadBar(_Bar):
    """Progress of a download."""

    def __init__(self) -> None:
        super().__init__()
        self._stage: tuple[Stage, str] | None = None

    def show(self, step: DownloadProgress) -> None:
        if (step.stage, step.host) != self._stage:
            self._stage = step.stage, step.host
            self.close()
            self._say_stage(step)
        if step.stage is not Stage.LOADING:
            return
        if self._is_terminal:
            self._draw(step.done, step.total, initial=step.done, unit="B", unit_scale=True)
        elif self._is_line_due():
            say(_megabytes(step))

    def _say_stage(self, step: DownloadProgress) -> None:
        if step.stage is Stage.CONNECTING:
            say(tr("Connecting to {host} …").format(host=step.host))
        elif step.stage is Stage.LOADING and not self._is_terminal:
            say(tr("Downloading: {size} …").format(size=_megabytes(step)))
        elif step.stage is Stage.CHECKING:
            say(tr("Checking …"))
        elif step.stage is Stage.PREPARING:
            say(tr("Preparing the model …"))


def _megabytes(step: DownloadProgress) -> str:
    if step.total is None:
        return tr("{done:.1f} MB").format(done=step.done / 1e6)
    return tr("{done:.1f} of {total:.1f} MB").format(done=step.done / 1e6, total=step.total / 1e6)


def _postfix(progress: Progress) -> str:
    from finder.core.library.indexing.progress import Phase

    return tr("text in pictures") if progress.phase is Phase.READING else _slowest(progress)


def _run_line(progress: Progress, doing: str) -> str:
    values: dict[str, Any] = {
        "done": progress.done,
        "total": progress.total,
        "rate": progress.rate,
        "models": doing,
    }
    if progress.seconds_left is None:
        return tr("{done:,} of {total:,} · {models}").format(**values)
    return tr("{done:,} of {total:,} · {rate:.1f} pictures/s · {left} left · {models}").format(
        left=duration(progress.seconds_left), **values
    )


def _per_model(progress: Progress) -> str:
    return ", ".join(_time(name, model) for name, model in progress.models.items())


def _slowest(progress: Progress) -> str:
    """The model that takes most of the time; a bar has no room for all."""
    measured = [item for item in progress.models.items() if item[1].per_second]
    if not measured:
        return ""
    return _time(*min(measured, key=lambda item: item[1].per_second))


def _time(name: str, model: ModelProgress) -> str:
    if not model.per_second:
        return name
    return tr("{name} {ms:.0f} ms").format(name=name, ms=1_000 / model.per_second)


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
