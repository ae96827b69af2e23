"""Which folders and files the user is asked for before something is measured."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.gui.common.label_source_form import choose_label_table

if TYPE_CHECKING:
    from finder.gui.evaluation.setup_page import SetupPage

ChooseFolder = Callable[[QWidget, Callable[[str], object], str], None]
"""(parent, what is called with the folder, title of the question)"""


def answer_questions(setup: SetupPage, choose_folder: ChooseFolder) -> None:
    """Ask the user for what the page's forms request, and give it to them."""
    labels, copies = setup.labels, setup.copies
    labels.csv_requested.connect(partial(choose_label_table, setup, labels.set_csv))
    for requested, chosen, title in (
        (labels.folder_requested, labels.add_folder, tr("A folder whose subfolders are labels")),
        (copies.folder_requested, copies.folders.add_folder, tr("A folder of originals")),
        (copies.altered_requested, copies.set_altered, tr("A folder of altered copies")),
    ):
        requested.connect(partial(choose_folder, setup, chosen, title))
