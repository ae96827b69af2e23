"""The run under way, at the bottom of the side bar; after one that was stopped, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.gui.common.buttons import ToolButton
from finder.gui.common.labels import ThinProgress
from finder.gui.common.widgets import ElidedLabel, plain, secondary, set_tip
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import SECONDARY_PX, SPACE, SPACE_S

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.spec import ModelSpec

_LARGE = 100_000
_LINK_EDGE = 5
"""Px between a link's text and the edge of its button."""


class IndexingStatus(QWidget):
    """A run's name, a thin bar, the time left, and pause, resume, cancel. The models' progress and
    the speed are in the tool tip."""

    pause_toggled = Signal(bool)
    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.headline = ElidedLabel(cut=Qt.TextElideMode.ElideRight)
        self.left = plain("")
        self.bar = ThinProgress(tr("Indexing progress"))
        self.count = plain("")
        self.count.setMinimumWidth(1)  # a narrow panel cuts it off, and not the buttons
        for label in (self.headline, self.left, self.count):
            label.setFont(scaled_font(SECONDARY_PX))
        secondary(self.left)
        secondary(self.count)
        self.pause = ToolButton(text=tr("Pause"), checkable=True)
        self.pause.setFont(scaled_font(SECONDARY_PX))
        self.pause.setProperty("kind", "link")
        self.cancel = ToolButton("x", tip=tr("Cancel"))
        self.pause.toggled.connect(self._pause_toggled)
        self.cancel.clicked.connect(self._cancel_clicked)
        self._name = ""
        self._details = ""
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.headline, 1)
        top.addWidget(self.left)
        bottom.setSpacing(0)
        bottom.addWidget(self.count)
        bottom.addWidget(self.pause)
        bottom.addStretch(1)
        bottom.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(top)
        layout.addWidget(self.bar)
        layout.addLayout(bottom)

    @property
    def details(self) -> str:
        """The text of the tool tip."""
        return self._details

    def begin(self, headline: str, name: str = "") -> None:
        """name: of what is indexed; empty for several folders."""
        self._name = name
        self.headline.show_text(headline)
        self.bar.setRange(0, 0)
        self.left.setText("")
        self._show_count("")
        self._show_details("")
        self.pause.blockSignals(True)
        self.pause.setChecked(False)
        self.pause.blockSignals(False)
        self._show_paused(False)
        self.pause.setEnabled(True)
        self.cancel.setEnabled(True)
        self.show()

    def show_progress(self, progress: Progress, specs: Sequence[ModelSpec]) -> None:
        from finder.core.library.indexing.progress import Phase

        if not self.cancel.isEnabled():  # it is stopping
            return
        working = progress.phase in (Phase.EXTRACTING, Phase.READING)
        if not self.pause.isChecked():
            self.headline.show_text(_headline(progress, self._name))
            left = short_duration(progress.seconds_left) if working else ""
            self.left.setText(tr("{time} left").format(time=left) if left else "")
        self.bar.setRange(0, progress.total if working else 0)
        if working:
            self.bar.setValue(progress.done)
        text = tr("{done:,} of {total:,}").format(done=progress.done, total=progress.total)
        short = text
        if progress.total >= _LARGE:  # there is no room for both numbers
            percent = 100 * progress.done / progress.total
            short = tr("{percent:.1f} %").format(percent=percent)
        self._show_count(short if working else "")
        titles = {spec.name: spec.title for spec in specs}
        lines = [model.words(titles.get(name, name)) for name, model in progress.models.items()]
        self._show_details("\n".join([text, _speed(progress), *lines]) if working else "")

    def _show_count(self, text: str) -> None:
        self.count.setText(f"{text} ·" if text else "")
        self.count.setVisible(bool(text))

    def _show_details(self, text: str) -> None:
        self._details = text
        set_tip(self, text)

    def _pause_toggled(self, paused: bool) -> None:
        self._show_paused(paused)
        self.pause_toggled.emit(paused)

    def _show_paused(self, paused: bool) -> None:
        """The bar loses its colour."""
        self.pause.setText(tr("Resume") if paused else tr("Pause"))
        self.bar.setProperty("kind", "paused" if paused else "")
        style = self.bar.style()
        style.unpolish(self.bar)
        style.polish(self.bar)
        if paused:
            name = tr("{folder}: paused").format(folder=self._name)
            self.headline.show_text(name if self._name else tr("Indexing is paused"))
            self.left.setText("")
            if self.bar.maximum() == 0:
                self.bar.setRange(0, 1)  # nothing moves

    def _cancel_clicked(self) -> None:
        self.headline.show_text(tr("Stopping …"))
        self.left.setText("")
        self.cancel.setEnabled(False)
        self.pause.setEnabled(False)
        self.cancel_requested.emit()


class WaitingNote(QWidget):
    """“1,234 files are not indexed yet · Continue”, after a run that was stopped."""

    continue_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = plain("", wrap=True)
        self.text.setFont(scaled_font(SECONDARY_PX))
        secondary(self.text)
        self.go_on = ToolButton(text=tr("Continue"))
        self.go_on.setFont(scaled_font(SECONDARY_PX))
        self.go_on.setProperty("kind", "link")
        self.go_on.clicked.connect(self.continue_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE - _LINK_EDGE, SPACE, SPACE, 0)
        layout.setSpacing(0)
        self.text.setContentsMargins(_LINK_EDGE, 0, 0, 0)
        layout.addWidget(self.text)
        layout.addWidget(self.go_on, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_waiting(self, files: int) -> None:
        """Hidden at 0."""
        self.text.setText(
            trn("{n} file is not indexed yet", "{n} files are not indexed yet", files)
        )
        self.setVisible(files > 0)


def short_duration(seconds: float | None) -> str:
    """A time span in few letters; empty if unknown."""
    if seconds is None:
        return ""
    if seconds < 60:
        return tr("{n} s").format(n=max(1, round(seconds)))
    if seconds < 5_400:
        return tr("{n} min").format(n=round(seconds / 60))
    return tr("{n:.1f} h").format(n=seconds / 3_600)


def _headline(progress: Progress, name: str) -> str:
    from finder.core.library.indexing.progress import Phase

    if progress.waiting:
        return progress.waiting
    if progress.phase is Phase.CONNECTING:
        return tr("Connecting to the server …")
    if progress.phase is Phase.SCANNING:
        return trn(
            "Looking … {n} picture found",
            "Looking … {n} pictures found",
            progress.found,
        )
    if progress.phase is Phase.LOADING:
        return tr("Loading the models …")
    if progress.phase is Phase.EXTRACTING:
        return tr("Indexing {folder}").format(folder=name) if name else tr("Indexing")
    if progress.phase is Phase.READING:
        return tr("Reading text")  # there is no room for more
    return tr("Storing …")


def _speed(progress: Progress) -> str:
    if not progress.rate:
        return tr("measuring the speed …")
    return tr("{rate:.1f} pictures/s").format(rate=progress.rate)
