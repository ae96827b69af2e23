"""Buttons: with text, and in tool bars."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialogButtonBox,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from finder.gui.theme.icons import icon
from finder.gui.theme.tokens import HIT_AREA, ICON, ICON_GAP, SPACE


class Kind(StrEnum):
    """How much a button stands out: one primary one in a place at most; quiet ones have no edge
    until the pointer is over them; danger is for what removes something."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    QUIET = "quiet"
    DANGER = "danger"


_WITH_GAP = QSize(ICON + ICON_GAP, ICON)


def set_kind(button: QAbstractButton, kind: Kind) -> None:
    """Also for buttons that Qt makes."""
    button.setProperty("kind", str(kind))
    if button.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        style = button.style()  # it has been given the look of another kind already
        style.unpolish(button)
        style.polish(button)


def no_default(buttons: QDialogButtonBox) -> None:
    """None of them is what Enter means; without this Qt takes the first."""
    for button in buttons.buttons():
        if isinstance(button, QPushButton):
            button.setAutoDefault(False)


class Button(QPushButton):
    """A button with a text and perhaps an icon before it."""

    def __init__(
        self,
        text: str,
        icon_name: str = "",
        kind: Kind = Kind.SECONDARY,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        set_kind(self, kind)
        if icon_name:
            role = "on_accent" if kind is Kind.PRIMARY else "text"
            self.setIcon(icon(icon_name, role))
            self.setIconSize(_WITH_GAP)


class ToolButton(QToolButton):
    """An icon, with a text beside it if there is one. Without, `tip` is its accessible name.

    outlined: with an edge, for what shows a choice (a menu, a switch).
    """

    def __init__(
        self,
        icon_name: str = "",
        text: str = "",
        tip: str = "",
        checkable: bool = False,
        outlined: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCheckable(checkable)
        if outlined:
            self.setProperty("kind", "outlined")
        if icon_name:
            self.setIcon(icon(icon_name))
        if text:
            self.setText(text)
            self.setIconSize(_WITH_GAP)
        else:
            self.setIconSize(QSize(ICON, ICON))
            self.setAccessibleName(tip)
            self.setMinimumWidth(HIT_AREA)
        with_icon = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        only = Qt.ToolButtonStyle.ToolButtonIconOnly
        if not icon_name:
            with_icon = Qt.ToolButtonStyle.ToolButtonTextOnly
        self.setToolButtonStyle(with_icon if text else only)
        self.setToolTip(tip)

    def setMenu(self, menu: QMenu) -> None:
        super().setMenu(menu)
        menu.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A menu opens inside the window, if it fits. Behind a menu that has closed, Qt may not
        notice that the pointer is elsewhere."""
        if isinstance(watched, QMenu) and watched is self.menu():
            if event.type() == QEvent.Type.Show:
                self._place_menu(watched)
            elif event.type() == QEvent.Type.Hide:
                is_over = self.rect().contains(self.mapFromGlobal(QCursor.pos()))
                self.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, is_over)
                self.update()
        return super().eventFilter(watched, event)

    def _place_menu(self, menu: QMenu) -> None:
        window = self.window()
        first = window.mapToGlobal(QPoint(SPACE, 0)).x()
        last = first + window.width() - 2 * SPACE - menu.width()
        if last >= first:
            menu.move(min(max(menu.x(), first), last), menu.y())
