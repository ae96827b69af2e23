"""Follows drags over the window, shows what dropping does, and passes on what is dropped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
)
from PySide6.QtWidgets import QApplication

from finder.gui.grid.card_drag import is_at_origin
from finder.gui.query.input.dragged import Dragged, glance
from finder.gui.query.input.drop_data import DropData, Use, read_mime
from finder.gui.shell.dropping.drop_overlay import DropOverlay
from finder.gui.shell.dropping.drop_targets import drop_targets
from finder.jobs.path_kinds import PathKinds, look_at
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.gui.shell.main_window import MainWindow

_POLL_MS = 50
"""Between two looks at Shift and Alt: not every program tells of them while the pointer rests."""
_KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)


@dataclass(frozen=True)
class _Drag:
    """What is dragged, and where it is. is_cancelled: by Esc, while another program drags it."""

    dragged: Dragged
    at: QPoint
    modifiers: Qt.KeyboardModifier
    is_cancelled: bool = False


class DropController(QObject):
    """Signal: dropped(DropData, Use)."""

    dropped = Signal(object, object)

    def __init__(self, window: MainWindow, task_runner: TaskRunner) -> None:
        super().__init__(window)
        self._window = window
        self._task_runner = task_runner
        self.overlay = DropOverlay(window)
        self._drag: _Drag | None = None
        self._task: Task | None = None
        self._polled = Qt.KeyboardModifier.NoModifier
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._poll)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drags over the window; while another program drags, its keys, too."""
        if watched is not self._window:
            return self._filter_other(event)
        if isinstance(event, QDragEnterEvent):
            self._enter(event)
        elif isinstance(event, QDragMoveEvent):
            self._move(event)
        elif event.type() == QEvent.Type.DragLeave:
            self._end()
        elif isinstance(event, QDropEvent):
            self._drop(event)
        else:
            return self._filter_other(event)
        return True

    # The drag

    def _enter(self, event: QDragEnterEvent) -> None:
        """What is of no use is accepted as well, as only then its moves are told, which are
        refused."""
        self._end()
        dragged = glance(event.mimeData())
        self._drag = _Drag(dragged, event.position().toPoint(), event.modifiers())
        if dragged.paths:
            looking = partial(look_at, dragged.paths)
            self._task = self._task_runner.call(Lane.DRIVES, looking, self._know)
        if event.source() is None:  # a drag of this program needs Esc itself
            application().installEventFilter(self)
        self._polled = QGuiApplication.queryKeyboardModifiers()
        self._timer.start()
        self._update()
        self._answer(event)
        event.accept()

    def _move(self, event: QDragMoveEvent) -> None:
        self._follow(event)
        self._answer(event)

    def _follow(self, event: QDropEvent) -> None:
        if self._drag is not None:
            at = event.position().toPoint()
            self._drag = replace(self._drag, at=at, modifiers=event.modifiers())
            self._update()

    def _know(self, kinds: PathKinds) -> None:
        if self._drag is not None:
            self._drag = replace(self._drag, dragged=replace(self._drag.dragged, kinds=kinds))
            self._update()

    def _poll(self) -> None:
        modifiers = QGuiApplication.queryKeyboardModifiers()
        if self._drag is not None and modifiers != self._polled:
            self._polled = modifiers
            self._drag = replace(self._drag, modifiers=modifiers)
            self._update()

    def _update(self) -> None:
        drag = self._drag
        if drag is None or drag.is_cancelled or not drag.dragged.is_known or self._is_at_origin():
            self.overlay.end()
        else:
            targets = drop_targets(self._window, drag.dragged, drag.modifiers, drag.at)
            self.overlay.show_targets(targets)

    def _is_at_origin(self) -> bool:
        """A card that is hardly moved stays where it is."""
        drag = self._drag
        return drag is not None and is_at_origin(self._window.mapToGlobal(drag.at))

    def _answer(self, event: QDropEvent) -> None:
        """Copying, or what else the other program allows; refused where it is of no use."""
        active = self.overlay.active
        is_refused = self._drag is None or self._drag.is_cancelled
        if is_refused or (active is not None and not active.words.is_usable):
            event.setDropAction(Qt.DropAction.IgnoreAction)
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)  # Qt's default if it is not possible
        event.accept()

    def _drop(self, event: QDropEvent) -> None:
        """Never taken as moved: the other program would delete its file."""
        event.setDropAction(Qt.DropAction.CopyAction)
        if event.dropAction() != Qt.DropAction.CopyAction:
            event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        self._follow(event)
        drag, active, is_at_origin = self._drag, self.overlay.active, self._is_at_origin()
        self._end()
        if drag is not None and not drag.is_cancelled and not is_at_origin:
            use = active.use if active is not None else Use.SEARCH
            self.dropped.emit(_usable(read_mime(event.mimeData()), drag.dragged), use)

    def _end(self) -> None:
        self._drag = None
        if self._task is not None:
            self._task.drop()
            self._task = None
        self._timer.stop()
        application().removeEventFilter(self)
        self.overlay.end()

    # The keys

    def _filter_other(self, event: QEvent) -> bool:
        """Esc ends a drag of another program here, and does nothing else. A press of the mouse
        tells that it ended without a word."""
        if self._drag is None:
            return False
        if event.type() == QEvent.Type.MouseButtonPress:
            self._end()
        elif _is_escape(event):
            event.accept()
            self._drag = replace(self._drag, is_cancelled=True)
            self._update()
            return True
        return False


def _is_escape(event: QEvent) -> bool:
    if event.type() not in _KEYS or not isinstance(event, QKeyEvent):
        return False
    return event.key() == Qt.Key.Key_Escape


def _usable(data: DropData, dragged: Dragged) -> DropData:
    """Without the files that are left out."""
    kinds = dragged.kinds
    if data.paths and kinds.others and kinds.usable:
        return replace(data, paths=kinds.usable)
    return data


def application() -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found
