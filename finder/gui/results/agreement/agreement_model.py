"""The models of an answer as rows and columns; in each cell how far two of them agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from finder.core.i18n import tr
from finder.gui.common.widgets import tool_tip

if TYPE_CHECKING:
    from finder.core.search.agreement import Agreement
    from finder.gui.results.answer_facts import AnswerFacts

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_TEXTS = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)


class AgreementModel(QAbstractTableModel):
    """The same models in both directions. A model has no agreement with itself: that cell is
    empty."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts: AnswerFacts | None = None
        self._names: list[str] = []
        self.titles: list[str] = []
        self.colours: list[str] = []

    def show_facts(self, facts: AnswerFacts) -> None:
        self.beginResetModel()
        self._facts = facts
        self._names = [spec.name for spec in facts.specs]
        self.titles = [spec.title for spec in facts.specs]
        self.colours = [facts.colours.get(name, "") for name in self._names]
        self.endResetModel()

    def agreement_at(self, index: Index) -> Agreement | None:
        if self._facts is None:
            return None
        one, other = self._names[index.row()], self._names[index.column()]
        found = self._facts.agreements
        return found.get((one, other)) or found.get((other, one))

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._names)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return self.rowCount(parent)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Arrow keys pass by the empty cells."""
        if self.agreement_at(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        agreement = self.agreement_at(index) if index.isValid() else None
        if agreement is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return shared_words(agreement)
        if role not in _TEXTS:
            return None
        sentence = tr(
            "{one} and {other}: {shared} of the first {top} are the same; "
            "rank-biased overlap {rbo:.2f}"
        ).format(
            one=self.titles[index.row()],
            other=self.titles[index.column()],
            shared=agreement.shared,
            top=agreement.top,
            rbo=agreement.rank_biased,
        )
        return tool_tip(sentence) if role == Qt.ItemDataRole.ToolTipRole else sentence

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if not 0 <= section < len(self.titles):
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(self.titles[section])
        shows = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        return self.titles[section] if role in shows else None


def shared_words(agreement: Agreement) -> str:
    return tr("{shared} of {top}").format(shared=agreement.shared, top=agreement.top)
