"""“Did you mean …?” for a mistyped word."""

from __future__ import annotations

from collections.abc import Iterable

from finder.core.i18n import tr


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """The question, with the name that is most like the word; empty if none is."""
    from difflib import get_close_matches  # 5 ms, of the window's start

    by_lower = {name.lower(): name for name in names}
    close = get_close_matches(word.lower(), by_lower, n=1)
    return tr("Did you mean “{name}”?").format(name=by_lower[close[0]]) if close else ""
