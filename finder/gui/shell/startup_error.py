"""What is shown in place of the window where its library cannot be opened, with the ways out."""

from __future__ import annotations

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QMessageBox

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.opening import DamagedCatalogueError
from finder.core.paths import Home
from finder.gui.shell.maintenance import MaintenanceController
from finder.jobs.task_runner import TaskRunner


def ask_at_start(error: FinderError) -> bool:
    """Show why a library cannot be opened. Gives whether to try again; else the program ends."""
    return _ask(_box(error.sentence, error.hint), tr("Try again")) is not None


def ask_to_mend(error: DamagedCatalogueError, home: Home, has_copies: bool) -> bool:
    """Show what is damaged, and repair or restore it as the user chooses. Gives whether to try to
    open the library again; else the program ends."""
    repair, restore = tr("Repair"), tr("Restore a backup…")
    ways = [repair, restore] if has_copies else [repair]
    chosen = _ask(_box(error.sentence, _ways_back(has_copies)), *ways)
    if chosen is not None:
        _mend(home, repairs=chosen == repair)
    return chosen is not None


def _box(sentence: str, hint: str) -> QMessageBox:
    box = QMessageBox()
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("Image Finder"))
    box.setText(sentence)
    box.setInformativeText(hint)
    return box


def _ask(box: QMessageBox, *ways: str) -> str | None:
    """The button that was chosen; None for the last one, Quit."""
    buttons = {way: box.addButton(way, QMessageBox.ButtonRole.AcceptRole) for way in ways}
    box.setEscapeButton(box.addButton(tr("Quit"), QMessageBox.ButtonRole.RejectRole))
    box.exec()
    chosen = box.clickedButton()
    return next((way for way, button in buttons.items() if button is chosen), None)


def _ways_back(has_copies: bool) -> str:
    if has_copies:
        return tr(
            "Your pictures are not affected. “Repair” repairs the catalogue, or restores its "
            "newest intact backup; “Restore a backup” lets you choose one."
        )
    return tr(
        "Your pictures are not affected. “Repair” keeps what can still be read; the rest is "
        "indexed again."
    )


def _mend(home: Home, repairs: bool) -> None:
    """Let the user repair or restore, until that dialog is closed."""
    door, loop = TaskRunner(), QEventLoop()
    bugs: list[BaseException] = []
    upkeep = MaintenanceController(home, door)
    upkeep.failed.connect(bugs.append)
    for ended in (upkeep.closed, upkeep.failed):
        ended.connect(loop.quit)
    if repairs:
        upkeep.check(repairs=True)
    else:
        upkeep.choose_copy()
    loop.exec()
    door.close()
    if bugs:
        raise bugs[0]
