"""All keys in groups: those of the window's actions, and those of single parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence

from finder.core.i18n import mark, tr
from finder.gui.shell.actions import ACTIONS, FILE, HELP, LIBRARY, PICTURE, VIEW


@dataclass(frozen=True)
class Shortcut:
    """keys: one after the other does the same."""

    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class ShortcutGroup:
    title: str
    shortcuts: tuple[Shortcut, ...]


_ARROWS = "← ↑ → ↓"
PARTS = (
    (
        mark("In the pictures"),
        (
            (mark("Move"), (_ARROWS,)),
            (mark("First and last"), ("Home", "End")),
            (mark("Go to a name"), ("A – Z",)),
            (mark("Find similar"), ("Return",)),
            (mark("Preview"), ("Space",)),
            (mark("Picture menu"), ("Menu",)),
            (mark("Column beside"), ("← →",)),
        ),
    ),
    (
        mark("In the preview"),
        (
            (mark("Picture before, after"), ("←", "→")),
            (mark("Larger, smaller"), ("+", "−")),
            (mark("All of it, its pixels"), ("0", "1")),
            (mark("Outline of what both show"), ("O",)),
            (mark("Line of the overlay"), ("Shift + ← →",)),
            (mark("Full screen"), ("F11",)),
        ),
    ),
    (
        mark("Frame in the query, on the screen"),
        (
            (mark("Draw or move"), (_ARROWS,)),
            (mark("Resize"), (f"Shift + {_ARROWS}",)),
            (mark("Remove"), ("Del",)),
            (mark("Take it (screen)"), ("Return",)),
        ),
    ),
    (
        mark("While dragging a picture"),
        (
            (mark("Drop as more like this"), ("Shift",)),
            (mark("Drop as less like this"), ("Alt",)),
        ),
    ),
    (
        mark("Anywhere"),
        (
            (mark("Show all matches, then go back"), ("Esc",)),
            (mark("Remove an example or filter"), ("Del",)),
            (mark("Rename a saved search"), ("F2",)),
        ),
    ),
)
"""What the parts of the window do with keys in their own code: titles, texts and keys."""


def shortcut_groups(actions: Mapping[str, QAction]) -> list[ShortcutGroup]:
    """The menus' groups first; the keys of the help are in the last group, as they are few."""
    groups = [
        ShortcutGroup(_plain(tr(menu)), _of_menu(menu, actions))
        for menu in (FILE, PICTURE, VIEW, LIBRARY)
    ]
    groups += [
        ShortcutGroup(tr(title), tuple(Shortcut(tr(text), keys) for text, keys in rows))
        for title, rows in PARTS
    ]
    last = groups[-1]
    groups[-1] = ShortcutGroup(last.title, (*last.shortcuts, *_of_menu(HELP, actions)))
    return groups


def _of_menu(menu: str, actions: Mapping[str, QAction]) -> tuple[Shortcut, ...]:
    return tuple(
        Shortcut(_plain(actions[row.name].text()), tuple(map(_text, keys)))
        for row in ACTIONS
        if row.menu == menu and (keys := actions[row.name].shortcuts())
    )


def _text(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.NativeText)


def _plain(text: str) -> str:
    """The text of a menu without its mnemonic and dots."""
    return text.replace("&", "").removesuffix("…")
