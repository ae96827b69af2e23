"""What the process that trains and the window tell each other: a line of JSON for each message, a
word for each order.

The process prints the messages; `TrainingState` is what is known after them. The window writes the
request, then orders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from finder.core.paths import Home
from finder.core.training.settings import Epoch, Progress, Settings

PAUSE: Final = "pause"
GO_ON: Final = "continue"
KEEP: Final = "keep"
"""Stop, and keep the best epoch."""
STOP: Final = "stop"


@dataclass(frozen=True)
class Request:
    """restart: forget the state of an unfinished training of this name."""

    home: Home
    settings: Settings
    restart: bool = False

    def line(self) -> str:
        record = self.settings.as_record()
        home = str(self.home.root.absolute())
        return json.dumps({"home": home, "settings": record, "restart": self.restart})

    @classmethod
    def read(cls, line: str) -> Request:
        found = json.loads(line)
        settings = Settings.of_record(found["settings"])
        return cls(Home(Path(found["home"])), settings, bool(found["restart"]))


@dataclass(frozen=True)
class Outline:
    """What is trained. parts: the numbers of pictures that are learned, that choose the best epoch,
    and that measure it; weights: how many are trained; notes: a sentence on each kind of what is
    left out; batch: pictures at a time, 0 if unknown."""

    labels: int
    parts: tuple[int, int, int]
    weights: int
    notes: tuple[str, ...] = ()
    batch: int = 0


@dataclass(frozen=True)
class Outcome:
    """The new model. difference: from PyTorch; compared: the cards of all models that were measured
    on the same pictures, this one first."""

    name: str
    difference: float
    compared: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class TrainingState:
    """What is known of a training: outline once the pictures are read, outcome at the end."""

    progress: Progress
    outline: Outline | None = None
    outcome: Outcome | None = None

    def after(self, line: str) -> TrainingState:
        """With what a line of the process says; the same if it is no message, such as what a
        library prints."""
        try:
            ((kind, content),) = json.loads(line).items()
            return self._after(kind, content)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            return self

    def _after(self, kind: str, content: Any) -> TrainingState:
        if kind == "progress":
            return replace(self, progress=Progress(**content, epochs=self.progress.epochs))
        if kind == "epoch":
            epochs = (*self.progress.epochs, Epoch.of_record(content))
            return replace(self, progress=replace(self.progress, share=0.0, epochs=epochs))
        if kind == "outline":
            labels, parts, weights, notes = (
                content[name] for name in ("labels", "parts", "weights", "notes")
            )
            learned, choosing, measuring = parts
            parts = learned, choosing, measuring
            outline = Outline(labels, parts, weights, tuple(notes), int(content["batch"]))
            return replace(self, outline=outline)
        if kind == "outcome":
            found = Outcome(content["name"], content["difference"], tuple(content["compared"]))
            return replace(self, outcome=found)
        return self


def progress_line(progress: Progress) -> str:
    """Without its epochs, which are messages of their own."""
    content = {
        "doing": progress.doing,
        "share": progress.share,
        "seconds_left": progress.seconds_left,
    }
    return json.dumps({"progress": content})


def epoch_line(epoch: Epoch) -> str:
    return json.dumps({"epoch": asdict(epoch)})


def outline_line(outline: Outline) -> str:
    return json.dumps({"outline": asdict(outline)})


def outcome_line(outcome: Outcome) -> str:
    content = {**asdict(replace(outcome, compared=())), "compared": list(outcome.compared)}
    return json.dumps({"outcome": content})
