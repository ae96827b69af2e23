"""What was taught: figures on held-out pictures, the gain, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from finder.core.evaluation.bootstrap import Verdict as Judgement
from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.core.teaching.words import (
    HELD_OUT_PICTURES,
    LABELS_NOT_TAUGHT,
    NO_LABEL_LEFT_OUT,
    gain_words,
    not_taught_sentences,
    stored_words,
    taught_words,
)
from finder.gui.common.buttons import Button
from finder.gui.common.figures_table import FiguresModel, FiguresRow, FiguresTable
from finder.gui.common.formatting import breakable
from finder.gui.common.labels import SectionLabel
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.widgets import heading, plain, row, secondary
from finder.gui.teaching.gain_plot import Gain, GainPlot
from finder.gui.teaching.teaching_words import outcome
from finder.gui.theme.tokens import SPACE, SPACE_M, SPACE_S, SPACE_XS

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.teaching.report import GroupReport
    from finder.use_cases.evaluation.teach_model import Taught


class QuickResult(QWidget):
    """Signal: index_requested, for pictures that have no vector of the new model yet."""

    index_requested = Signal()

    def __init__(
        self, taught: Taught, bases: Sequence[ModelSpec], colours: Mapping[str, str]
    ) -> None:
        """bases: what it was taught from; colours: of models, by name."""
        super().__init__()
        self.taught = taught
        self.bases = bases
        self._titles = {spec.name: spec.title for spec in bases}
        self._colours = colours
        self.outcome = Verdict()
        self.done = Verdict()
        self.tables: list[FiguresTable] = []
        self.index = Button("")
        self.index.setAutoDefault(False)
        self.index.clicked.connect(self._request_index)
        self._lay_out()
        self.show_stored(taught.stored, taught.lacking)
        self._show_outcome()

    def _lay_out(self) -> None:
        taught = self.taught
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        page.setProperty("kind", "page")
        scroll.setWidget(page)
        self._body = QVBoxLayout(page)
        self._body.setContentsMargins(0, 0, SPACE_M, 0)  # room for the scroll bar
        self._body.setSpacing(SPACE)
        self._body.addWidget(self.outcome)
        self._body.addWidget(
            _sentence(
                tr(
                    "The figures are of models that were taught in the same way without the "
                    "pictures that judge them; this one was taught with all."
                )
            )
        )
        report = taught.report
        self._add_group(tr(HELD_OUT_PICTURES), report.pictures)
        if report.labels is None:
            self._add_title(tr(LABELS_NOT_TAUGHT))
            self._body.addWidget(_sentence(tr(NO_LABEL_LEFT_OUT)))
        else:
            self._add_group(tr(LABELS_NOT_TAUGHT), report.labels)
        self._body.addSpacing(SPACE_S)
        self._body.addWidget(self._plot())
        self._add_stored()
        self._body.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addLayout(self._head())
        layout.addWidget(scroll, 1)
        layout.addWidget(self.done)

    def _head(self) -> QVBoxLayout:
        taught = self.taught
        labelled, method = taught.labelled, taught.choice.chosen.head.method
        titles = ", ".join(self._titles.values())
        title = tr("“{name}” was taught, from {title}").format(name=taught.spec.name, title=titles)
        words = taught_words(len(labelled.names), len(labelled), method, taught.spec.dimension)
        head = QVBoxLayout()
        head.setSpacing(SPACE_XS)
        head.addWidget(heading(printable(title)))
        head.addWidget(_sentence(words))
        left_out = " ".join(not_taught_sentences(taught.left_out, taught.few))
        if left_out:
            head.addWidget(_sentence(left_out))
        return head

    def _add_group(self, title: str, group: GroupReport) -> None:
        self._add_title(title)
        rows = [
            FiguresRow(
                self._titles.get(name, name),
                self._colours.get(name, ""),
                found.means,
                found.interval,
            )
            for name, found in group.models.items()
        ]
        table = FiguresTable(title, FiguresModel(tr("Model"), rows))
        self.tables.append(table)
        self._body.addWidget(table)
        self._body.addWidget(_sentence(gain_words(group, self._titles)))

    def _add_title(self, title: str) -> None:
        self._body.addSpacing(SPACE_S)
        self._body.addWidget(SectionLabel(title))

    def _plot(self) -> GainPlot:
        report = self.taught.report
        groups = {HELD_OUT_PICTURES: report.pictures}
        if report.labels is not None:
            groups[LABELS_NOT_TAUGHT] = report.labels
        others = {group.gain.other for group in groups.values()}
        base = self._titles[others.pop()] if len(others) == 1 else ""
        return GainPlot(
            printable(base),
            [
                Gain(tr(title), group.gain.value, group.gain.interval)
                for title, group in groups.items()
            ],
        )

    def _add_stored(self) -> None:
        self._body.addSpacing(SPACE_S)
        self.stored = _sentence("")
        self._body.addWidget(self.stored)
        others = _sentence(tr("The others were not embedded by what it begins with."))
        line = row(others, self.index)
        line.setContentsMargins(0, 0, 0, 0)
        line.setStretchFactor(others, 1)
        self._others = QWidget()
        self._others.setLayout(line)
        self._body.addWidget(self._others)

    def show_stored(self, stored: int, lacking: int) -> None:
        """How many pictures have a vector of the new model by now, and how many have none: these
        can be indexed."""
        words = stored_words(self.taught.spec.name, stored)
        self.stored.setText(breakable(printable(words)))
        self.index.setText(
            trn("Index {n} picture with it now", "Index {n} pictures with it now", lacking)
        )
        self.index.setEnabled(True)
        self._others.setVisible(lacking > 0)

    def _show_outcome(self) -> None:
        found = outcome(self.taught.report, self._titles)
        show = {
            Judgement.BETTER: self.outcome.show_success,
            Judgement.UNCLEAR: self.outcome.show_note,
            Judgement.WORSE: self.outcome.show_failure,
        }[found.verdict]
        show(found.title, found.more)

    def _request_index(self) -> None:
        self.index.setEnabled(False)
        self.index_requested.emit()


def _sentence(text: str) -> QLabel:
    label = plain(breakable(printable(text)), wrap=True)
    secondary(label)
    return label
