"""The dialog that is shown instead of the window if its library cannot be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QMessageBox

from finder.core.i18n import tr
from finder.gui.common.labels import show_icon
from finder.gui.shell.maintenance.maintenance import MaintenanceController
from finder.jobs.task_runner import TaskRunner

if TYPE_CHECKING:
    from finder.core.errors import FinderError
    from finder.core.library.catalogue.opening import DamagedCatalogueError
    from finder.core.paths import Home


def show_startup_error(error: FinderError) -> bool:
    """Show why a library cannot be opened. Returns whether to try again; else the program ends."""
    return _ask(_box(error.sentence, error.hint), tr("Try again")) is not None


def offer_repair(error: DamagedCatalogueError, home: Home, has_backups: bool) -> bool:
    """Show what is damaged, and let the user repair or restore it. Returns whether to open the
    library again; else the program ends."""
    choices = [tr("Repair"), *([tr("Restore a backup…")] if has_backups else [])]
    chosen = _ask(_box(error.sentence, _repair_hint(has_backups)), *choices)
    if chosen is not None:
        _repair(home, repairs=chosen == 0)
    return chosen is not None


def _box(sentence: str, hint: str) -> QMessageBox:
    box = QMessageBox()
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("Image Finder"))
    box.setText(sentence)
    box.setInformativeText(hint)
    return box


def _ask(box: QMessageBox, *choices: str) -> int | None:
    """The index of the choice whose button was clicked; None for Quit."""
    buttons = [box.addButton(text, QMessageBox.ButtonRole.AcceptRole) for text in choices]
    box.setEscapeButton(box.addButton(tr("Quit"), QMessageBox.ButtonRole.RejectRole))
    show_icon(box, "triangle-alert", "warning")
    box.exec()
    chosen = box.clickedButton()
    return next((at for at, button in enumerate(buttons) if button is chosen), None)


def _repair_hint(has_backups: bool) -> str:
    if has_backups:
        return tr(
            "Your pictures are not affected. “Repair” repairs the catalogue, or restores its "
            "newest intact backup; “Restore a backup” lets you choose one."
        )
    return tr(
        "Your pictures are not affected. “Repair” keeps what can still be read; the rest is "
        "indexed again."
    )


def _repair(home: Home, repairs: bool) -> None:
    """Repair or restore in a dialog, until the user closes it."""
    task_runner, loop = TaskRunner(), QEventLoop()
    bugs: list[BaseException] = []
    maintenance = MaintenanceController(home, task_runner)
    maintenance.failed.connect(bugs.append)
    for ended in (maintenance.closed, maintenance.failed):
        ended.connect(loop.quit)
    if repairs:
        maintenance.check(repairs=True)
    else:
        maintenance.choose_backup()
    loop.exec()
    task_runner.close()
    if bugs:
        raise bugs[0]
