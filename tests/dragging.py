"""Something that another program drags over the window, event by event."""

from __future__ import annotations

import warnings

from playing import Player
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from finder.gui.shell.dropping.drop_targets import DropTarget

Modifier = Qt.KeyboardModifier
_LEFT = Qt.MouseButton.LeftButton


class Drag:
    """actions: what the other program allows."""

    def __init__(
        self,
        player: Player,
        mime: QMimeData,
        actions: Qt.DropAction = Qt.DropAction.CopyAction,
    ) -> None:
        self.player = player
        self._mime = mime
        self._actions = actions
        self.at = player.window.rect().center()
        self.modifiers = Modifier.NoModifier

    def enter(self, receiver: QWidget | None = None) -> bool:
        """Whether it is accepted. receiver: the part of the window that is asked first."""
        receiver = receiver or self.player.window
        at = receiver.mapFrom(self.player.window, self.at)
        with warnings.catch_warnings():  # a QPoint is all that older versions of PySide take
            warnings.simplefilter("ignore", DeprecationWarning)
            event = QDragEnterEvent(at, self._actions, self._mime, _LEFT, self.modifiers)
        QApplication.sendEvent(receiver, event)
        return event.isAccepted()

    def move(self, at: QPoint | None = None, modifiers: Modifier = Modifier.NoModifier) -> bool:
        """Whether it could be dropped there."""
        self.at, self.modifiers = at or self.at, modifiers
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            event = QDragMoveEvent(self.at, self._actions, self._mime, _LEFT, modifiers)
        QApplication.sendEvent(self.player.window, event)
        return event.isAccepted() and event.dropAction() != Qt.DropAction.IgnoreAction

    def drop(self) -> Qt.DropAction:
        """What the other program is told was done."""
        at = QPointF(self.at)
        event = QDropEvent(at, self._actions, self._mime, _LEFT, self.modifiers)
        QApplication.sendEvent(self.player.window, event)
        assert event.isAccepted()
        return event.dropAction()

    def leave(self) -> None:
        QApplication.sendEvent(self.player.window, QDragLeaveEvent())

    def come(self, at: QPoint | None = None, modifiers: Modifier = Modifier.NoModifier) -> None:
        """Enter, and move once it is known what it is."""
        self.enter()
        self.player.wait(lambda: self.active is not None)
        self.player.wait(lambda: not self.player.task_runner.busy())
        self.move(at, modifiers)

    # What is shown

    @property
    def targets(self) -> list[DropTarget]:
        return self.player.controllers.dropping.overlay.targets

    @property
    def active(self) -> DropTarget | None:
        return self.player.controllers.dropping.overlay.active

    @property
    def title(self) -> str:
        """What dropping it now would do; empty while nothing is shown."""
        return self.active.words.title if self.active is not None else ""

    @property
    def lines(self) -> tuple[str, ...]:
        return self.active.words.lines if self.active is not None else ()


def more(player: Player) -> QPoint:
    """In the window, over the query: where “more like this” is."""
    hero = player.window.hero
    return hero.mapTo(player.window, QPoint(hero.width() // 4, hero.height() // 2))


def less(player: Player) -> QPoint:
    hero = player.window.hero
    return hero.mapTo(player.window, QPoint(3 * hero.width() // 4, hero.height() // 2))
