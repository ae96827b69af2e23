"""What the window has for the commands that hints name."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from finder.core.i18n import mark, tr

_ACTION: Final = "use|test|copy|mirror|sync|map|index|forget-machine"
_ARGUMENT: Final = r"embedded|on|off|URI|…|--library NAME|https?://[^\s”]+"
_WAYS: Final = (
    (
        rf"image-finder store(?: (?:{_ACTION})(?: (?:{_ARGUMENT}))*)?",
        mark("Library → Storage…"),
    ),
    (r"image-finder index --model [^\s”]+", mark("Library → Models…")),
    (r"image-finder index [^”]+ --no-crops", mark("“Find things inside pictures” in its menu")),
    (r"image-finder index(?: [^”]*)?", mark("Library → Add folder…")),  # up to the hint's end
    (r"image-finder check(?: --repair)?", mark("Library → Check library…")),
    (r"image-finder restore", mark("Library → Restore a backup…")),
    (r"image-finder skipped", mark("Library → Skipped files…")),
    (r"image-finder models(?: --off [^\s”]+| install [^\s”)]+)?", mark("Library → Models…")),
    (r"“image-finder status”", mark("The side panel")),
    (r"--restart", mark("“Begin again”")),
    (r"--batch", mark("“Pictures at a time”")),
    (r"--rate", mark("“Learning rate”")),
    (r"--input", mark("“Side of the pictures”")),
    (r"--layers", mark("“Layers”")),
    (r"--weights(?: FILE)?", mark("“Weights”")),
    (r"--method finetune", mark("the method “Fine-tuning”")),
    (r"--method scratch", mark("the method “From scratch”")),
    (r"--from scratch", mark("a small network")),
    (r"--from resnet18", mark("resnet18")),
    (r"--from(?= a )", mark("from")),
    (r"--name", mark("name")),
)
"""Commands with their arguments, and options of `train`."""


def in_window(hint: str) -> str:
    """The hint of an error, or of a finding, with the window's way for each command in it. Commands
    are the same in every language, so they are found in a translated hint, too."""
    return _pattern().sub(lambda found: tr(_WAYS[(found.lastindex or 1) - 1][1]), hint)


@cache
def _pattern() -> re.Pattern[str]:
    commands = "|".join(f"({command})" for command, _ in _WAYS)
    return re.compile(rf"(?:{commands})(?![\w-])")
