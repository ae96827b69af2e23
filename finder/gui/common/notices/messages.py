"""Messages to the user about expected errors."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.opening import DamagedCatalogueError
from finder.gui.common.notices.window_ways import in_window


@dataclass(frozen=True)
class Message:
    """For the user: a short title, which is a sentence, and what to do next."""

    title: str
    hint: str

    @property
    def text(self) -> str:
        """Both as one paragraph."""
        return f"{self.title} {self.hint}".strip()


def message_for(error: BaseException) -> Message | None:
    """The message for an expected error (the user's, the disk's, …); None for a bug."""
    if isinstance(error, DamagedCatalogueError):
        return Message(
            error.sentence, tr("Check the library, or restore a backup of its catalogue.")
        )
    if isinstance(error, FinderError):
        return Message(error.sentence, in_window(error.hint))
    if isinstance(error, MemoryError):
        return Message(
            tr("There is not enough memory."), tr("Close other programs, then try again.")
        )
    if isinstance(error, sqlite3.Error):
        return Message(
            tr("The library's catalogue cannot be read: {why}.").format(why=error),
            tr("Check the free space, then the library: Check library… in the Library menu."),
        )
    if isinstance(error, OSError):
        return Message(
            tr("The disk reported an error: {why}.").format(why=error.strerror or error),
            tr("Check the drive and its permissions, then try again."),
        )
    return None
