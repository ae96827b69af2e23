"""The form of the storage dialog: a server's address, the library's name there, how to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, ToolButton
from finder.gui.common.widgets import plain, secondary
from finder.gui.theme.icons import icon
from finder.gui.theme.tokens import SPACE, SPACE_L

if TYPE_CHECKING:
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import Precision, StoreSettings

_FILES = ("ca_file", "certificate_file", "key_file")


class ServerForm(QWidget):
    """Signals: edited, by the user; entered: Enter in a field."""

    edited = Signal()
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.address = field(tr("http://host:19530 or https://… of Zilliz Cloud"))
        self.library = field("images")
        self.database = field("default")
        self.user = field("")
        self.secret = field("")
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.secret.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.note = plain("", wrap=True)
        secondary(self.note)
        self.more = ToolButton("chevron-down", tr("More"), checkable=True)
        self.more.setProperty("kind", "link")
        self.machine = field("")
        self.half = QCheckBox(tr("&Half precision (float16), if the library is new there"))
        self.half.setToolTip(
            tr("Half of the server’s memory, disk and network. Milvus has it since 2.4.")
        )
        self.files = {name: field(tr("PEM file")) for name in _FILES}
        self._choose = {name: Button(tr("Choose…")) for name in _FILES}
        self._more = QWidget()
        self._lay_out()
        self._lay_out_more()
        self._connect()
        self._show_more(False)

    @property
    def _fields(self) -> tuple[QLineEdit, ...]:
        """Those that say which server it is."""
        return (self.address, self.library, self.database, self.user, *self.files.values())

    def _lay_out(self) -> None:
        layout = _grid(self)
        _add(layout, 0, 0, tr("&Address"), self.address, 3)
        _add(layout, 1, 0, tr("Library’s &name"), self.library)
        _add(layout, 1, 2, tr("&Database"), self.database)
        _add(layout, 2, 0, tr("&User"), self.user)
        _add(layout, 2, 2, tr("&Password or token"), self.secret)
        layout.addWidget(self.note, 3, 0, 1, 4)
        layout.addWidget(self.more, 4, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._more, 5, 0, 1, 4)

    def _lay_out_more(self) -> None:
        layout = _grid(self._more)
        titles = (
            (tr("&Certificates to trust"), tr("Choose the certificates to trust…")),
            (tr("&This machine’s certificate"), tr("Choose this machine’s certificate…")),
            (tr("Its &key"), tr("Choose the key of this machine’s certificate…")),
        )
        for number, (name, (title, spoken)) in enumerate(zip(_FILES, titles, strict=True)):
            both = QHBoxLayout()
            both.setSpacing(SPACE)
            both.addWidget(self.files[name], 1)
            both.addWidget(self._choose[name])
            layout.addLayout(both, number, 1)
            layout.addWidget(label(title, self.files[name]), number, 0)
            self._choose[name].setAccessibleName(spoken)
        layout.addWidget(label(tr("This &machine’s name"), self.machine), len(_FILES), 0)
        layout.addWidget(self.machine, len(_FILES), 1)
        layout.addWidget(self.half, len(_FILES) + 1, 1)
        layout.setColumnStretch(1, 1)
        layout.setColumnStretch(3, 0)

    def _connect(self) -> None:
        for line in (*self._fields, self.secret, self.machine):
            line.textEdited.connect(lambda _: self.edited.emit())
            line.returnPressed.connect(self.entered)
        self.half.clicked.connect(lambda _: self.edited.emit())
        self.more.toggled.connect(self._show_more)
        for name, button in self._choose.items():
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, name=name: self._choose_file(name))

    # What is in it

    def typed_address(self) -> ServerAddress:
        """Raises FinderError."""
        from finder.core.library.server.server_address import parse

        given = {
            "database": self.database.text().strip(),
            "library": self.library.text().strip(),
            "user": self.user.text().strip(),
            **{name: line.text().strip() for name, line in self.files.items()},
        }
        return parse(self.address.text(), **{name: text for name, text in given.items() if text})

    def typed_secret(self) -> Secret | None:
        """None: the one that is kept. Raises FinderError."""
        from finder.core.library.server.credentials import Secret

        return Secret(self.secret.text()) if self.secret.text() else None

    def typed_machine(self) -> str:
        return self.machine.text().strip()

    def typed_precision(self) -> Precision:
        """For a library that is new there."""
        from finder.core.library.server.store_settings import Precision

        return Precision.FLOAT16 if self.half.isChecked() else Precision.FLOAT32

    # Showing

    def show_settings(self, settings: StoreSettings) -> None:
        """A server that is in use is not edited; only the sign-in is."""
        from finder.core.library.server.store_settings import Precision, default_machine_name

        address = settings.address
        self.machine.setPlaceholderText(settings.machine or default_machine_name())
        if address is not None:
            self.address.setText(address.uri)
            for line, text in (
                (self.library, address.library),
                (self.database, address.database),
                (self.user, address.user),
                (self.machine, settings.machine),
                *((self.files[name], getattr(address, name)) for name in _FILES),
            ):
                line.setText(text)
            self.half.setChecked(settings.precision is Precision.FLOAT16)
        self.user.setPlaceholderText(tr("empty for a token") if address is None else "")
        for line in (*self._fields, self.machine):
            line.setReadOnly(address is not None)
            line.setEnabled(address is None)
        for button in self._choose.values():
            button.setEnabled(address is None)
        self.half.setEnabled(address is None)

    def show_keyring(self, has_keyring: bool) -> None:
        self.note.setText(
            tr(
                "The password or token is kept in the system’s keyring, and nowhere else. Left "
                "empty, the one that is kept is used."
            )
            if has_keyring
            else tr(
                "There is no keyring here: the password or token is forgotten when Image Finder "
                "is closed. The environment variable IMAGE_FINDER_TOKEN can hold it."
            )
        )

    def _show_more(self, on: bool) -> None:
        self.more.setIcon(icon("chevron-up" if on else "chevron-down", "accent_text"))
        self.more.setText(tr("Less") if on else tr("More"))
        self._more.setVisible(on)

    def _choose_file(self, name: str) -> None:
        def chosen(path: str) -> None:
            self.files[name].setText(path)
            self.edited.emit()

        dialog = QFileDialog(self, self._choose[name].accessibleName().removesuffix("…"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Certificates (*.pem *.crt *.cer *.key)"), tr("All (*)")])
        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def field(placeholder: str) -> QLineEdit:
    """For an address, a path or a name, which are read from the left wherever text begins."""
    line = QLineEdit()
    line.setPlaceholderText(placeholder)
    if line.isRightToLeft():
        line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
    return line


def _grid(widget: QWidget) -> QGridLayout:
    layout = QGridLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(SPACE_L)
    layout.setVerticalSpacing(SPACE)
    for column in (1, 3):
        layout.setColumnStretch(column, 1)
    return layout


def label(text: str, named: QWidget) -> QLabel:
    """With a key that leads to the field."""
    title = plain(text)
    title.setBuddy(named)
    named.setAccessibleName(text.replace("&", ""))
    return title


def _add(
    layout: QGridLayout, row: int, column: int, text: str, line: QLineEdit, width: int = 1
) -> None:
    layout.addWidget(label(text, line), row, column)
    layout.addWidget(line, row, column + 1, 1, width)
