"""Which folders and files the user is asked for before something is measured."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.gui.common.label_source_form import answer_label_questions

if TYPE_CHECKING:
    from finder.gui.common.label_source_form import ChooseFolder
    from finder.gui.evaluation.setup_page import SetupPage


def answer_questions(setup: SetupPage, choose_folder: ChooseFolder) -> None:
    """Ask the user for what the page's forms request, and give it to them."""
    copies = setup.copies
    answer_label_questions(setup.labels, choose_folder)
    for requested, chosen, title in (
        (copies.folder_requested, copies.folders.add_folder, tr("A folder of originals")),
        (copies.altered_requested, copies.set_altered, tr("A folder of altered copies")),
    ):
        requested.connect(partial(choose_folder, setup, chosen, title))
