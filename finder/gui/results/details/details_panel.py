"""The selected picture: large, with its facts and its rank for every model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.path_parts import split_path
from finder.core.printable import printable
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.formatting import file_size, path_texts
from finder.gui.common.widgets import (
    ElidedLabel,
    PictureLabel,
    bold,
    on_ground,
    plain,
    secondary,
    set_margins,
)
from finder.gui.results.details.standings_list import StandingRow, StandingsList
from finder.gui.results.proof_badge import ProofBadge
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M, SPACE_S

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.verify.sameness import Sameness
    from finder.jobs.library_pictures import PictureDetails

_LOWEST = 96  # px of the preview


class DetailsPanel(QWidget):
    """Signal: action_requested(a name of `picture_controller.PICTURE_ACTIONS`)."""

    action_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "panel")
        self.image = PictureLabel()
        self.image.setAccessibleName(tr("Preview"))
        self.name = bold(ElidedLabel())
        self.proof = ProofBadge()
        self._values = {key: ElidedLabel() for key in ("folder", "pixels", "size", "taken", "more")}
        self._standings = StandingsList()
        self.found = ElidedLabel(cut=Qt.TextElideMode.ElideRight)
        self.found.hide()
        self._facts = QWidget()
        self._nothing = plain(tr("Choose a picture to see\nmore about it here."))
        self._shown: PictureRecord | None = None
        self._lay_out()
        self.clear()

    def sizeHint(self) -> QSize:
        return QSize(260, 500)

    def _lay_out(self) -> None:
        facts = QFormLayout()
        facts.setHorizontalSpacing(10)
        facts.setVerticalSpacing(0)
        for key, title in (
            ("folder", tr("Folder")),
            ("pixels", tr("Pixels")),
            ("size", tr("Size")),
            ("taken", tr("Taken")),
            ("more", tr("Copies")),
        ):
            label = plain(title)
            secondary(label)
            facts.addRow(label, self._values[key])
        below = QVBoxLayout(self._facts)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(SPACE)
        below.addWidget(self.image)
        below.addWidget(self.name)
        below.addWidget(self.proof, 0, Qt.AlignmentFlag.AlignLeading)
        below.addWidget(self._scrolling(facts), 1)
        below.addLayout(self._buttons())
        secondary(self._nothing)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_L, SPACE_M, SPACE_M)
        layout.addWidget(self._nothing, 1)
        layout.addWidget(self._facts, 1)

    def _scrolling(self, facts: QFormLayout) -> QScrollArea:
        """The facts and the standings, which many models make long."""
        self._inside = inside = on_ground(QWidget(), "panel")
        inside.installEventFilter(self)
        layout = QVBoxLayout(inside)
        set_margins(layout, 0, 0, SPACE_S, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(facts)
        layout.addWidget(self._standings)
        layout.addWidget(self.found)
        layout.addStretch(1)
        self.facts_area = area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(_LOWEST)
        area.setAccessibleName(tr("Facts"))
        return area

    def _buttons(self) -> QGridLayout:
        buttons = QGridLayout()
        buttons.setSpacing(SPACE)
        for name, text, icon_name, row, column, columns in (
            ("find_similar", tr("Find similar"), "scan-search", 0, 0, 2),
            ("open_file", tr("Open"), "external-link", 1, 0, 1),
            ("preview", tr("Preview"), "maximize", 1, 1, 1),
            ("show_in_folder", tr("Show in folder"), "folder-open", 2, 0, 2),
            ("copy_path", tr("Copy path"), "", 3, 0, 1),
            ("copy_picture", tr("Copy picture"), "", 3, 1, 1),
        ):
            kind = Kind.SECONDARY if row else Kind.PRIMARY
            button = Button(text, icon_name, kind)
            button.clicked.connect(lambda _=False, name=name: self.action_requested.emit(name))
            buttons.addWidget(button, row, column, 1, columns)
        return buttons

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_image()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The facts or standings need another height."""
        if watched is self._inside and event.type() == QEvent.Type.LayoutRequest:
            QTimer.singleShot(0, self, self._fit_image)
        return super().eventFilter(watched, event)

    def _fit_image(self) -> None:
        """What the facts and the buttons leave."""
        inside = self._inside.sizeHint().height() - self.facts_area.sizeHint().height()
        others = self._facts.sizeHint().height() - self.image.minimumHeight() + inside
        room = self.height() - others - SPACE_L - SPACE_M
        self.image.setFixedHeight(max(_LOWEST, min(round(self.width() * 0.75), room)))

    def clear(self) -> None:
        self._shown = None
        self.image.clear_image()
        self._facts.hide()
        self._nothing.show()

    def show_picture(self, picture: PictureRecord) -> None:
        """Show the catalogue's record of a picture; `show_details` adds the rest."""
        self._show_paths(picture)
        facts = picture.facts
        self._values["pixels"].show_text(f"{facts.width:,} × {facts.height:,} · {facts.format}")
        self._values["size"].show_text("")
        self._values["taken"].show_text(facts.taken or tr("unknown"))
        self._nothing.hide()
        self._facts.show()

    def show_details(self, details: PictureDetails) -> None:
        """The preview, the file's size and its path, if the same picture is still selected."""
        if self._shown is None or details.picture.id != self._shown.id:
            return
        self._show_paths(details.picture)
        self.image.show_image(details.image)
        is_present = details.path is not None
        size = file_size(details.bytes) if is_present else tr("the file is not there now")
        self._values["size"].show_text(size)

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        if self._shown is not None and self._shown.id in pictures:
            self._show_paths(pictures[self._shown.id])

    def _show_paths(self, picture: PictureRecord) -> None:
        self._shown = picture
        folder, name = split_path(printable(picture.paths[0]))
        self.name.show_text(name)
        away = f"{folder} ({picture.away})"
        self._values["folder"].show_text(away if picture.away else folder)
        others = len(picture.paths) - 1
        more = trn("{n} other place", "{n} other places", others) if others else tr("none")
        self._values["more"].show_text(more, "\n".join(path_texts(picture)[1:]))

    def show_found(self, words: str, sentence: str = "") -> None:
        """Where the words of the query were found in its names and texts, and the same as a
        sentence; empty: nowhere."""
        self.found.show_text(words, sentence)
        self.found.setVisible(bool(words))

    def show_standings(self, rows: Sequence[StandingRow], same: Sameness | None = None) -> None:
        """One row for each model that searched, and one for them combined. same: the picture is
        proven to be the query's, which the badge says in place of their words."""
        self.proof.set_keeps_place(bool(rows))  # of a match, but not of a picture of the library
        self.proof.show_proof(same)
        self._standings.show_rows(rows)
