"""The model manager: a list of all models, and the details of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHeaderView,
    QScrollArea,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import no_default
from finder.gui.common.widgets import dialog_layout, plain
from finder.gui.models.model_facts import state_of
from finder.gui.models.model_page import ModelPage
from finder.gui.theme.tokens import SPACE

if TYPE_CHECKING:
    from finder.gui.common.notices.messages import Message
    from finder.gui.models.model_view import ModelCommand, ModelView
    from finder.use_cases.models.models_overview import ModelEntry

_SIZE = QSize(880, 560)
_LIST_WIDTH = 300
_ROW_PADDING = 14  # px
_NAME = Qt.ItemDataRole.UserRole


class ModelsDialog(QDialog):
    """Signals: command_requested(ModelCommand, a model's name); indexing_toggled(name, on): whether
    the model indexes new pictures; import_requested."""

    command_requested = Signal(object, str)
    indexing_toggled = Signal(str, bool)
    import_requested = Signal()

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Models"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._views: dict[str, ModelView] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self.list = _list()
        self.page = ModelPage()
        self.problem = plain("", wrap=True)
        self.problem.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.import_button = self.buttons.addButton(
            tr("Import an ONNX file…"), QDialogButtonBox.ButtonRole.ActionRole
        )
        no_default(self.buttons)
        self.import_button.clicked.connect(self.import_requested)
        self.list.currentItemChanged.connect(lambda *_: self._show_page())
        self.page.command_requested.connect(self._request_command)
        self.page.indexing_toggled.connect(self._toggle_indexing)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()

    def _lay_out(self) -> None:
        area = QScrollArea()
        area.setWidget(self.page)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.list)
        splitter.addWidget(area)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(SPACE)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_LIST_WIDTH, _SIZE.width() - _LIST_WIDTH])
        layout = dialog_layout(self)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.resize(_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize() * 0.94))
        self.list.setFocus()

    def current(self) -> str:
        """The name of the model that is shown; empty if there is none."""
        item = self.list.currentItem()
        return str(item.data(0, _NAME) or "") if item is not None else ""

    def choose(self, name: str) -> None:
        """Show this model, if it is in the list."""
        if name in self._items:
            self.list.setCurrentItem(self._items[name])

    def show_models(self, views: Sequence[ModelView], problem: Message | None = None) -> None:
        """All models, in their order; the current one stays. problem: why some are missing."""
        sections = {view.entry.name: _section(view.entry) for view in views}
        known = {name: _section(view.entry) for name, view in self._views.items()}
        self._views = {view.entry.name: view for view in views}
        if list(sections.items()) != list(known.items()):
            self._rebuild(sections)
        self._show_states()
        self.problem.setText(problem.text if problem else "")
        self.problem.setVisible(problem is not None)
        self._show_page()

    def _rebuild(self, sections: Mapping[str, _Section]) -> None:
        current = self.current()
        self.list.blockSignals(True)
        self.list.clear()
        self._items = {}
        previous = None
        for name, section in sections.items():
            if section is not previous:
                self._add_section(_section_title(section))
            previous = section
            self._items[name] = item = QTreeWidgetItem(self.list)
            item.setData(0, _NAME, name)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setSizeHint(0, _row_size(item, _ROW_PADDING))
        self.choose(current if current in sections else next(iter(sections), ""))
        self.list.blockSignals(False)

    def _add_section(self, title: str) -> None:
        """Disabled, so that the arrow keys skip it."""
        item = QTreeWidgetItem(self.list, [title])
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
        item.setForeground(0, self.palette().brush(QPalette.ColorRole.Text))
        item.setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        item.setSizeHint(0, _row_size(item, _ROW_PADDING))
        item.setFirstColumnSpanned(True)

    def changeEvent(self, event: QEvent) -> None:
        """The list's colours follow the system's scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.isVisible():
            self._rebuild({name: _section(view.entry) for name, view in self._views.items()})
            self._show_states()

    def _show_states(self) -> None:
        for name, item in self._items.items():
            self._show_state(item, self._views[name])

    def _show_state(self, item: QTreeWidgetItem, view: ModelView) -> None:
        state = state_of(view.entry, view.pictures)
        if view.activity is not None:
            done, total = view.activity.done, view.activity.total
            state = f"{100 * done // total} %" if total else "…"
        title = printable(view.entry.title)
        item.setText(0, title)
        item.setText(1, state)
        spoken = tr("{title}, {state}").format(title=title, state=state) if state else title
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken)
        item.setForeground(1, self.palette().brush(QPalette.ColorRole.PlaceholderText))

    def _show_page(self) -> None:
        view = self._views.get(self.current())
        self.page.setVisible(view is not None)
        if view is not None:
            self.page.show_view(view)

    def _request_command(self, command: ModelCommand) -> None:
        self.command_requested.emit(command, self.current())

    def _toggle_indexing(self, on: bool) -> None:
        self.indexing_toggled.emit(self.current(), on)


def _list() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setAccessibleName(tr("Models"))
    tree.ensurePolished()  # or its rows keep the height they have without the theme
    tree.setColumnCount(2)
    tree.setHeaderHidden(True)
    tree.setRootIsDecorated(False)
    tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    tree.setMinimumWidth(230)
    head = tree.header()
    head.setStretchLastSection(False)
    head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    head.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return tree


def _row_size(item: QTreeWidgetItem, padding: int) -> QSize:
    return QSize(0, QFontMetrics(item.font(0)).height() + padding)


class _Section(Enum):
    INSTALLED = auto()
    BASELINES = auto()
    AVAILABLE = auto()


def _section(entry: ModelEntry) -> _Section:
    if entry.offer is not None:
        return _Section.AVAILABLE
    return _Section.BASELINES if entry.is_baseline else _Section.INSTALLED


def _section_title(section: _Section) -> str:
    return {
        _Section.INSTALLED: tr("Installed"),
        _Section.BASELINES: tr("Baselines, to compare with"),
        _Section.AVAILABLE: tr("Available"),
    }[section]
