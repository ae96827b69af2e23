"""Toasts: short messages at the bottom of the window, perhaps with one action (“Undo”)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QEvent,
    QObject,
    QPoint,
    QPropertyAnimation,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind, ToolButton
from finder.gui.common.keys import keep_escape
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import plain, set_margins
from finder.gui.theme.icons import icon
from finder.gui.theme.theme import motion_enabled
from finder.gui.theme.tokens import FADE_MS, SPACE, SPACE_M, SPACE_XL

_SECONDS, _SECONDS_WITH_ACTION, _SECONDS_PER_LETTER = 4.0, 8.0, 0.04
_MOST = 3
_WIDEST = 560


class Toast(QFrame):
    """Ends by itself, later while the pointer or the focus is in it; an error stays until it is
    closed. Signal: ended."""

    ended = Signal()

    def __init__(
        self,
        text: str,
        action: str,
        act: Callable[[], object] | None,
        is_error: bool,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setProperty("ground", "toast")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = text
        self.is_error = is_error
        self._act = act
        label = plain(text, wrap=len(text) > 60)
        label.setMaximumWidth(_WIDEST - 160)
        if label.wordWrap():
            label.setMinimumWidth(_WIDEST - 200)
        self.close_button = ToolButton(tip=tr("Close"), icon_name="x")
        self.close_button.setIcon(icon("x", "on_toast"))
        self.close_button.clicked.connect(self.end)
        self.action_button = Button(action, kind=Kind.QUIET)
        self.action_button.setVisible(bool(action))
        self.action_button.clicked.connect(self._run)
        layout = QHBoxLayout(self)
        set_margins(layout, SPACE_M + 2, SPACE // 2, SPACE // 2, SPACE // 2)
        layout.setSpacing(SPACE)
        layout.addWidget(IconLabel("circle-alert" if is_error else "info", role="on_toast"))
        layout.addWidget(label, 1)
        layout.addWidget(self.action_button)
        layout.addWidget(self.close_button)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._expire)
        least = _SECONDS_WITH_ACTION if action else _SECONDS
        self._timer.setInterval(round(1_000 * (least + _SECONDS_PER_LETTER * len(text))))

    def begin(self) -> None:
        self.show()
        if motion_enabled():
            self._fade_in()
        if not self.is_error:
            self._timer.start()
        event = QAccessibleAnnouncementEvent(self, self.text)
        if self.is_error:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    def end(self) -> None:
        self._timer.stop()
        self.hide()
        self.ended.emit()

    def is_held(self) -> bool:
        """The pointer or the focus is in it."""
        focus = QApplication.focusWidget()
        return self.underMouse() or (focus is not None and self.isAncestorOf(focus))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Esc in a toast closes it, and does not reach the window."""
        return keep_escape(event) or super().event(event)

    def _expire(self) -> None:
        if self.is_held():
            self._timer.start()
        else:
            self.end()

    def _run(self) -> None:
        act = self._act
        self.end()
        if act is not None:
            act()

    def _fade_in(self) -> None:
        effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(effect)
        fade = QPropertyAnimation(effect, b"opacity", self)
        fade.setDuration(FADE_MS)
        fade.setStartValue(0.0)
        fade.setEndValue(1.0)
        fade.finished.connect(self._faded)
        fade.start()

    def _faded(self) -> None:
        """An effect paints through a pixmap, which costs with every repaint."""
        self.setGraphicsEffect(None)  # type: ignore[arg-type]


class Toasts(QObject):
    """The toasts of a window, the newest lowest, three at most. They move to the top of the window
    while they would cover what has the focus. bar: of the window, which they leave free there."""

    def __init__(self, window: QWidget, bar: QWidget | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._bar = bar
        self.shown: list[Toast] = []
        window.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_changed)

    def show_toast(
        self, text: str, action: str = "", act: Callable[[], object] | None = None
    ) -> Toast:
        """action: the text of the button that calls `act`. The same text again replaces itself."""
        return self._begin(Toast(text, action, act, False, self._window))

    def show_error(
        self, text: str, action: str = "", act: Callable[[], object] | None = None
    ) -> Toast:
        """Stays until it is closed."""
        return self._begin(Toast(text, action, act, True, self._window))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _begin(self, toast: Toast) -> Toast:
        for other in [t for t in self.shown if t.text == toast.text]:
            other.end()
        passing = [t for t in self.shown if not t.is_error]
        if len(self.shown) >= _MOST and passing:
            passing[0].end()
        self.shown.append(toast)
        toast.ended.connect(lambda: self._ended(toast))
        self._place()  # before it is shown, or it would be under a pointer in the corner
        toast.begin()
        self._place()  # in the size that it has with the style sheet
        return toast

    def _ended(self, toast: Toast) -> None:
        if toast in self.shown:
            self.shown.remove(toast)
            toast.deleteLater()
            self._place()

    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if self.shown:
            self._place()

    def _place(self) -> None:
        places = self._places(at_top=False)
        focus = _focus_area(self._window)
        if any(place.intersects(focus) for place in places):
            places = self._places(at_top=True)
        for toast, place in zip(self.shown, places, strict=True):
            toast.setGeometry(place)
            toast.raise_()

    def _places(self, at_top: bool) -> list[QRect]:
        bar = self._bar.height() if self._bar is not None else 0
        room = self._window.rect().adjusted(SPACE, bar + SPACE_XL, -SPACE, -2 * SPACE_XL)
        sizes = [_size(toast, room.width()) for toast in self.shown]
        height = sum(size.height() for size in sizes) + SPACE * max(0, len(sizes) - 1)
        y = room.top() if at_top else room.bottom() - height
        places = []
        for size in sizes:
            place = QRect(QPoint(0, y), size)
            place.moveLeft(room.left() + (room.width() - size.width()) // 2)
            places.append(place)
            y += size.height() + SPACE
        return places


def _size(toast: Toast, room: int) -> QSize:
    size = toast.sizeHint()
    size.setWidth(min(size.width(), _WIDEST, room))
    layout = toast.layout()
    if layout is not None and layout.hasHeightForWidth():
        size.setHeight(layout.totalHeightForWidth(size.width()))
    return size


def _focus_area(window: QWidget) -> QRect:
    """What has the focus, in the window: in a list or grid, the current item only."""
    focus = QApplication.focusWidget()
    if focus is None or not window.isAncestorOf(focus) or _toast_of(focus) is not None:
        return QRect()
    area, inside = focus.rect(), focus
    if isinstance(focus, QAbstractItemView):
        area, inside = focus.visualRect(focus.currentIndex()), focus.viewport()
    return QRect(inside.mapTo(window, area.topLeft()), area.size())


def _toast_of(widget: QWidget | None) -> Toast | None:
    while widget is not None and not isinstance(widget, Toast):
        widget = widget.parentWidget()
    return widget
