"""A picture as large as the window: alone, or compared with the query. Space or Esc closes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind, ToolButton
from finder.gui.common.labels import Line
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.widgets import ElidedLabel, bold, on_ground, plain, secondary
from finder.gui.common.zoom.zoom_view import ZOOM_STEP
from finder.gui.results import part_words, proof_words
from finder.gui.results.preview.preview_stage import PreviewMode, PreviewStage
from finder.gui.results.proof_badge import ProofBadge
from finder.gui.theme.icons import direction_icon
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M

if TYPE_CHECKING:
    from finder.core.pictures.transform import Box
    from finder.core.search.verify.sameness import Sameness
    from finder.gui.common.zoom.image_pyramid import ImagePyramid
    from finder.gui.results.preview.preview_facts import PreviewFacts

_BAR_HEIGHT = 56
_AT_THE_END = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter

AnyButton = TypeVar("AnyButton", bound=QAbstractButton)


class PreviewDialog(QDialog):
    """Shows one picture of a list after another. With a query, it compares them, too; the choice
    is kept while the program runs. Signals: step_requested(−1 or +1); mode_chosen;
    action_requested(a name of `picture_controller.PICTURE_ACTIONS`)."""

    step_requested = Signal(int)
    mode_chosen = Signal()
    action_requested = Signal(str)

    def __init__(self, parent: QWidget, actions: list[QAction]) -> None:
        """actions: whose keys work here, too."""
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setModal(True)
        self.addActions(actions)
        parent.window().installEventFilter(self)
        self._mode = PreviewMode.ONE
        self.stage = PreviewStage()
        self.stage.rescaled.connect(self._show_scale)
        self.name = bold(ElidedLabel())
        self.facts = ElidedLabel()
        secondary(self.facts)
        self.place, self.scale = plain(""), plain("")
        self.proof = ProofBadge()
        self.note = ElidedLabel(cut=Qt.TextElideMode.ElideRight)
        self.note.setProperty("kind", "warning")
        self.note.setAlignment(_AT_THE_END)
        self.back = self._tool("chevron-left", tr("Previous picture"), lambda: self._step(-1))
        self.forward = self._tool("chevron-right", tr("Next picture"), lambda: self._step(1))
        for button, name in ((self.back, "chevron-left"), (self.forward, "chevron-right")):
            button.setIcon(direction_icon(name))
        self.outline = _connected(
            ToolButton("square-dashed", tip=tr("Outline of the shared part (O)"), checkable=True),
            lambda: self.stage.set_shows_outline(self.outline.isChecked()),
        )
        self.outline.setChecked(self.stage.shows_outline)
        self.modes = SegmentedControl(
            tr("Compare with the query"),
            [
                (PreviewMode.ONE, tr("Picture"), "image"),
                (PreviewMode.SIDE_BY_SIDE, tr("Side by side"), "columns-2"),
                (PreviewMode.OVERLAY, tr("Overlay"), "blend"),
            ],
            [
                tr("The picture alone"),
                tr("The query and the picture, enlarged together"),
                tr("The query over the picture: drag the line, or press Shift with ← or →"),
            ],
        )
        self.modes.chosen.connect(self._choose_mode)
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self._top_bar(), Line(), self.stage, Line(), self._bottom_bar()):
            layout.addWidget(widget)
        layout.setStretchFactor(self.stage, 1)

    def _top_bar(self) -> QWidget:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.facts)
        words.addStretch(1)
        full = self._tool("maximize", tr("Full screen (F11)"), self.toggle_full_screen)
        close = self._tool("x", tr("Close (Esc)"), self.close)
        bar, row = _bar()
        row.addWidget(self.back)
        row.addWidget(self.place)
        row.addWidget(self.forward)
        row.addSpacing(SPACE)
        row.addLayout(words, 1)
        for badge in (self.outline, self.proof):
            row.addWidget(badge)
        row.addWidget(self.note, 2)
        for button in (full, close):
            row.addWidget(button)
        return bar

    def _bottom_bar(self) -> QWidget:
        match = self.stage.match
        out = self._tool("zoom-out", tr("Smaller (−)"), lambda: match.zoom_by(1 / ZOOM_STEP))
        larger = self._tool("zoom-in", tr("Larger (+)"), lambda: match.zoom_by(ZOOM_STEP))
        self.scale.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.scale.setMinimumWidth(self.fontMetrics().horizontalAdvance("10,000 %"))
        self.scale.setToolTip(tr("Pixels of the screen for one of the picture"))
        fit = self._push(tr("Fit"), match.fit, kind=Kind.QUIET, tip=tr("All of the picture (0)"))
        pixels = self._push(
            tr("Pixels"),
            match.zoom_to_pixels,
            kind=Kind.QUIET,
            tip=tr("One pixel of the screen for each of the picture (1)"),
        )
        bar, row = _bar()
        for widget in (out, self.scale, larger, fit, pixels):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.modes, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        for text, icon_name, name, kind in (
            (tr("Open"), "external-link", "open_file", Kind.SECONDARY),
            (tr("Find similar"), "scan-search", "find_similar", Kind.PRIMARY),
        ):
            row.addWidget(self._push(text, self._requests(name), icon_name, kind))
        return bar

    def _tool(self, icon_name: str, tip: str, act: Callable[[], object]) -> ToolButton:
        return _connected(ToolButton(icon_name, tip=tip), act)

    def _push(
        self,
        text: str,
        act: Callable[[], object],
        icon_name: str = "",
        kind: Kind = Kind.SECONDARY,
        tip: str = "",
    ) -> Button:
        button = _connected(Button(text, icon_name, kind), act)
        button.setAutoDefault(False)
        button.setToolTip(tip)
        return button

    def _requests(self, name: str) -> Callable[[], object]:
        return lambda: self.action_requested.emit(name)

    # What is shown

    @property
    def compares(self) -> bool:
        return self.stage.mode is not PreviewMode.ONE

    def set_has_query(self, has_query: bool) -> None:
        """Whether there is a query to compare with."""
        self.modes.setVisible(has_query)
        mode = self._mode if has_query else PreviewMode.ONE
        if mode is not self.stage.mode:
            self.stage.set_mode(mode)

    def show_facts(self, facts: PreviewFacts) -> None:
        self.setWindowTitle(facts.name.replace("[*]", "[*][*]"))  # Qt replaces a single [*]
        self.name.show_text(facts.name)
        self.facts.show_text(facts.facts)
        self.note.show_text(facts.note)
        self.note.setVisible(bool(facts.note))
        self.stage.show_texts(facts.texts)
        self._show_proof(facts.same, facts.part)
        place = tr("{n:,} of {number:,}").format(n=facts.place, number=facts.number)
        self.place.setText(place)
        self.back.setEnabled(facts.place > 1)
        self.forward.setEnabled(facts.place < facts.number)

    def _show_proof(self, same: Sameness | None, part: Box | None) -> None:
        self.proof.show_proof(same)
        self.stage.show_outline(
            proof_words.outline_of(same) if same is not None else part_words.outline(part),
            proof_words.outline_in_query(same),
            same.outline if same is not None else (),
        )
        self._show_outline_button()
        words = part_words.sentence() if part is not None else ""
        if same is not None:
            words = proof_words.sentence(same)
        self.stage.match.setAccessibleDescription(words)

    def _show_outline_button(self) -> None:
        self.outline.setEnabled(self.stage.has_outline)  # else its key does nothing
        self.outline.setVisible(self.stage.has_outline)

    def show_picture(self, picture: ImagePyramid) -> None:
        """Of the picture with the facts that were shown last."""
        self.stage.show_match(self.name.whole_text(), picture)

    def _show_scale(self) -> None:
        scale = self.stage.match.pixel_scale()
        self.scale.setText(tr("{n:,.0f} %").format(n=100 * scale) if scale else "")

    def _choose_mode(self, mode: str) -> None:
        self._mode = PreviewMode(mode)
        self.stage.set_mode(self._mode)
        self._show_outline_button()
        self.stage.setFocus()  # where keys work; a choice by key takes the focus back
        self.mode_chosen.emit()

    def _step(self, step: int) -> None:
        button = self.back if step < 0 else self.forward
        if button.isEnabled():
            self.step_requested.emit(step)

    # Window and keys

    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
            self._fit_window()
        else:
            self.showFullScreen()

    def _fit_window(self) -> None:
        parent = self.parentWidget()
        if parent is not None and not self.isFullScreen():
            self.setGeometry(parent.window().geometry())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.isVisible():
            self._fit_window()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        self._fit_window()
        self.stage.setFocus()
        super().showEvent(event)

    def done(self, result: int) -> None:
        """Called however it is closed."""
        if self.isFullScreen():
            self.setWindowState(Qt.WindowState.WindowNoState)  # the next picture begins as usual
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the widget with the focus has left: a view that is enlarged keeps the arrows."""
        back, on = Qt.Key.Key_Left, Qt.Key.Key_Right
        if self.isRightToLeft():
            back, on = on, back
        match = self.stage.match
        acts: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Space: self.close,
            back: lambda: self._step(-1),
            on: lambda: self._step(1),
            Qt.Key.Key_PageUp: lambda: self._step(-1),
            Qt.Key.Key_PageDown: lambda: self._step(1),
            Qt.Key.Key_Plus: lambda: match.zoom_by(ZOOM_STEP),
            Qt.Key.Key_Equal: lambda: match.zoom_by(ZOOM_STEP),
            Qt.Key.Key_Minus: lambda: match.zoom_by(1 / ZOOM_STEP),
            Qt.Key.Key_Return: self._requests("find_similar"),
            Qt.Key.Key_Enter: self._requests("find_similar"),
            Qt.Key.Key_0: match.fit,
            Qt.Key.Key_1: match.zoom_to_pixels,
            Qt.Key.Key_O: self.outline.click,
            Qt.Key.Key_F11: self.toggle_full_screen,
        }
        act = acts.get(event.key())
        if act is None:
            super().keyPressEvent(event)
        else:
            act()


def _bar() -> tuple[QWidget, QHBoxLayout]:
    bar = on_ground(QWidget(), "panel")
    bar.setFixedHeight(_BAR_HEIGHT)
    row = QHBoxLayout(bar)
    row.setContentsMargins(SPACE_L, 0, SPACE_M, 0)
    row.setSpacing(SPACE)
    return bar, row


def _connected(button: AnyButton, act: Callable[[], object]) -> AnyButton:
    """A click leaves the focus, and the keys, with the picture."""
    button.clicked.connect(lambda: act())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
