"""The questions before a model is downloaded, removed, or used to index again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.file_dialogs import open_dialog
from finder.gui.common.formatting import file_size
from finder.gui.common.question import Confirmed, ask
from finder.gui.models.model_facts import hosts_of, size_of

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.downloads.offers import Offer
    from finder.use_cases.models.models_overview import ModelEntry


def ask_to_install(parent: QWidget, entry: ModelEntry, offer: Offer, confirmed: Confirmed) -> None:
    """Call `confirmed` if the user agrees to the download."""
    text = tr(
        "{size} will be downloaded. Image Finder goes online only when you ask it to. "
        "Nothing about your library is sent."
    )
    if entry.downloaded:
        text = tr(
            "{come} of {size} are already downloaded; the download continues from there. "
            "Image Finder goes online only when you ask it to. Nothing about your library is "
            "sent."
        )
    text = text.format(come=file_size(entry.downloaded), size=size_of(offer))
    question = tr("Download {title} from {host}?").format(
        title=printable(entry.title), host=hosts_of(offer)
    )
    ask(parent, tr("Install model"), question, text, tr("Download"), confirmed)


def ask_to_remove(parent: QWidget, title: str, usage: ModelUsage, confirmed: Confirmed) -> None:
    size = file_size(usage.file_bytes + usage.vector_bytes)
    text = trn(
        "This also deletes its vectors of {n} picture: {size} in all. Your pictures and the "
        "other models are not touched.",
        "This also deletes its vectors of {n} pictures: {size} in all. Your pictures and the "
        "other models are not touched.",
        usage.indexed,
        size=size,
    )
    question = tr("Remove {title}?").format(title=printable(title))
    ask(parent, tr("Remove model"), question, text, tr("Remove"), confirmed)


def ask_to_index_again(
    parent: QWidget, title: str, usage: ModelUsage, confirmed: Confirmed
) -> None:
    text = trn(
        "{n} vector will be deleted and computed again. Until then the model finds fewer "
        "pictures. Pictures on a drive that is not connected keep their vectors; the other "
        "models are not touched.",
        "{n} vectors will be deleted and computed again. Until then the model finds fewer "
        "pictures. Pictures on a drive that is not connected keep their vectors; the other "
        "models are not touched.",
        usage.indexed,
    )
    question = tr("Index all pictures again with {title}?").format(title=printable(title))
    ask(parent, tr("Index again"), question, text, tr("Index again"), confirmed)


def choose_model_file(parent: QWidget, title: str, chosen: Callable[[str], object]) -> None:
    dialog = QFileDialog(parent, tr("The file of {title}").format(title=printable(title)))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([tr("ONNX models (*.onnx)"), tr("All (*)")])
    open_dialog(dialog, chosen)
