"""Translation of everything a user reads, by gettext, for the window and the command line alike.

Mark a constant with `tr("…")`; text with numbers in it with `trn("{n} file", "{n} files", n)`.
"""

from __future__ import annotations

import gettext

from finder.core.paths import resources_dir

_catalogue = gettext.translation("image-finder", resources_dir() / "locale", fallback=True)


def tr(text: str) -> str:
    """The text in the user's language; the text itself where there is no translation."""
    return _catalogue.gettext(text) if text else ""


def trn(one: str, many: str, n: int, /, **values: object) -> str:
    """The form of the text that goes with n, with {n} (thousands separated) and the other values
    filled in."""
    return _catalogue.ngettext(one, many, n).format(n=f"{n:,}", **values)


def mark(text: str) -> str:
    """A text that is translated later, by `tr` of a variable: for the extraction tool to find
    (`xgettext --keyword=tr --keyword=mark --keyword=trn:1,2`)."""
    return text
