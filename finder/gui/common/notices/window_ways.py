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
    (r"image-finder index(?: [^”]*)?", mark("Library → Add folder…")),  # up to the hint's end
    (r"image-finder check(?: --repair)?", mark("Library → Check library…")),
    (r"image-finder restore", mark("Library → Restore a backup…")),
    (r"image-finder skipped", mark("Library → Skipped files…")),
    (r"image-finder models(?: --off [^\s”]+)?", mark("Library → Models…")),
    (r"“image-finder status”", mark("The side panel")),
)
"""Commands with their arguments."""


def in_window(hint: str) -> str:
    """The hint of an error, or of a finding, with the window's way for each command in it. Commands
    are the same in every language, so they are found in a translated hint, too."""
    return _pattern().sub(lambda found: tr(_WAYS[(found.lastindex or 1) - 1][1]), hint)


@cache
def _pattern() -> re.Pattern[str]:
    commands = "|".join(f"({command})" for command, _ in _WAYS)
    return re.compile(rf"(?:{commands})(?![\w-])")
