"""A model as the models dialog shows it, and what the user can do with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.gui.common.notices.messages import Message
    from finder.use_cases.models.models_overview import ModelEntry


class ModelCommand(StrEnum):
    """What the user can do with a model; each has a button."""

    INSTALL = "install"
    GIVE_FILE = "give file"
    INDEX = "index"
    INDEX_AGAIN = "index again"
    REMOVE = "remove"
    MEASURE = "measure"
    ADD_WORDS = "add words"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Activity:
    """What is being done with a model. done, total: for the bar; total is 0 while not known."""

    text: str
    done: int = 0
    total: int = 0
    can_cancel: bool = False


@dataclass(frozen=True)
class ModelView:
    """A model with all that is shown of it. pictures: how many the library has; is_on: it indexes
    new pictures; obstacle: why nothing can be written now, empty if it can; message: how the last
    command ended."""

    entry: ModelEntry
    pictures: int
    is_on: bool = False
    obstacle: str = ""
    activity: Activity | None = None
    message: Message | None = None
