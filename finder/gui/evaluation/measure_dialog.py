"""The measure dialog: what to measure, then what was measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QStackedWidget, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Kind, no_default, set_kind
from finder.gui.common.file_dialogs import open_dialog
from finder.gui.common.widgets import dialog_layout, resize_on_screen
from finder.gui.evaluation.result_page import CopyResultPage, LabelResultPage, ResultPage
from finder.gui.evaluation.setup_page import SetupPage

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.notices.messages import Message
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.jobs.library_evaluation import Measured

_SIZE = QSize(1_040, 760)


class MeasureDialog(QDialog):
    """Signals: start_requested; cancel_requested; teach_requested, with the labels that were
    measured; save_requested(path of the file)."""

    start_requested = Signal()
    cancel_requested = Signal()
    teach_requested = Signal()
    save_requested = Signal(str)

    def __init__(
        self,
        folders: Sequence[str],
        specs: Sequence[ModelSpec],
        chosen: Collection[str],
        parent: QWidget | None,
    ) -> None:
        """As of `SetupPage`."""
        super().__init__(parent)
        self.setWindowTitle(tr("Measure"))
        self.setup = SetupPage(folders, specs, chosen)
        self.result_page: ResultPage | None = None
        self.is_busy = False
        self._pages = QStackedWidget()
        self._pages.addWidget(self.setup)
        self._make_buttons()
        layout = dialog_layout(self)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._buttons)
        self.setup.edited.connect(self._update)
        resize_on_screen(self, _SIZE)
        self._update()

    def _make_buttons(self) -> None:
        role = QDialogButtonBox.ButtonRole
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.start = self._buttons.addButton(tr("Start"), role.ActionRole)
        self.cancel = self._buttons.addButton(tr("Stop"), role.ActionRole)
        self.teach = self._buttons.addButton(tr("Teach…"), role.ActionRole)
        self.again = self._buttons.addButton(tr("Measure again…"), role.ActionRole)
        self.save = self._buttons.addButton(tr("Save report…"), role.ActionRole)
        set_kind(self.start, Kind.PRIMARY)
        for button in (self.cancel, self.teach, self.again, self.save):
            set_kind(button, Kind.SECONDARY)
        no_default(self._buttons)
        self.start.clicked.connect(self.start_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        self.teach.clicked.connect(self.teach_requested)
        self.again.clicked.connect(self.show_setup)
        self.save.clicked.connect(self._choose_file)
        self._buttons.rejected.connect(self.reject)

    def _update(self) -> None:
        """Which buttons there are, and which can be used."""
        is_setup = self._pages.currentWidget() is self.setup
        self.start.setVisible(is_setup and not self.is_busy)
        self.start.setEnabled(self.setup.is_complete)
        self.cancel.setVisible(self.is_busy)
        self.teach.setVisible(isinstance(self._pages.currentWidget(), LabelResultPage))
        self.again.setVisible(not is_setup)
        self.save.setVisible(not is_setup)

    def choose_models(self, specs: Sequence[ModelSpec], names: Collection[str]) -> None:
        """Tick these, to be measured next, unless something is being measured. specs: all that are
        installed by now."""
        if self.is_busy:
            self.setup.verdict.show_note(
                tr("Another measurement is under way."),
                tr("Once it has ended, press “Measure it…” again."),
            )
            return
        self.show_setup()
        self.setup.choose_models(specs, names)

    def show_setup(self) -> None:
        """Choose anew."""
        self.setup.verdict.clear()
        self._pages.setCurrentWidget(self.setup)
        self._update()

    # Measuring

    def show_busy(self, text: str, done: int = 0, total: int = 0) -> None:
        """total: 0 if it is not known."""
        if not self.is_busy:
            self.is_busy = True
            self.cancel.setEnabled(True)
            self._update()
        self.setup.show_busy(text, done, total)

    def show_stopping(self) -> None:
        self.cancel.setEnabled(False)
        self.setup.show_busy(tr("Stopping …"))

    def show_stopped(self) -> None:
        self._end()
        self.setup.verdict.show_note(
            tr("Measuring was stopped."), tr("What was indexed stays in the library.")
        )

    def show_failure(self, message: Message) -> None:
        self._end()
        self.setup.verdict.show_failure(message.title, message.hint)

    def end_busy(self) -> None:
        """After a bug, which is reported elsewhere."""
        self._end()

    def _end(self) -> None:
        self.is_busy = False
        self.setup.show_idle()
        self._update()

    # What was measured

    def show_measured(
        self, measured: Measured, feed: ThumbnailFeed, colours: Mapping[str, str]
    ) -> ResultPage:
        """On a page of its own, instead of the one before."""
        from finder.jobs.library_evaluation import MeasuredCopies

        self._end()
        before = self.result_page
        page: ResultPage
        if isinstance(measured, MeasuredCopies):
            page = CopyResultPage(measured, feed, colours)
        else:
            page = LabelResultPage(measured, feed, colours)
        self.result_page = page
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        if before is not None:
            self._pages.removeWidget(before)
            before.deleteLater()
        self._update()
        return page

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, tr("Save report"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Report (*.html)"), tr("Figures (*.csv)")])
        dialog.setDefaultSuffix("html")
        dialog.selectFile(tr("measurement") + ".html")
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix("csv" if "*.csv" in chosen else "html")
        )
        open_dialog(dialog, self.save_requested.emit)
