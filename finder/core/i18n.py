"""Translation of all text for users, by gettext, for the window and the command line.

Wrap constants in `tr("…")`, and text that depends on a number in `trn("{n} file", "{n} files", n)`.
"""

from __future__ import annotations

import gettext

from finder.core.paths import resources_dir

_catalogue = gettext.translation("image-finder", resources_dir() / "locale", fallback=True)


def tr(text: str) -> str:
    """The text in the user's language; unchanged if there is no translation."""
    return _catalogue.gettext(text) if text else ""


def trn(one: str, many: str, n: int, /, **values: object) -> str:
    """The singular or plural form for n, translated, with {n} (with thousands separators) and the
    other values filled in."""
    return _catalogue.ngettext(one, many, n).format(n=f"{n:,}", **values)


def mark(text: str) -> str:
    """Mark a text for extraction that is translated later, by `tr` of a variable (`xgettext
    --keyword=tr --keyword=mark --keyword=trn:1,2`)."""
    return text
