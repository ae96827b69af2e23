"""The questions before a model is downloaded, removed, or used to index again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.file_dialogs import open_dialog_for_several
from finder.gui.common.formatting import file_size
from finder.gui.common.question import Confirmed, ask
from finder.gui.models.model_facts import hosts_of, size_of_files

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.downloads.offers import Offer
    from finder.core.web.remote_file import RemoteFile
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
    files = offer.text_files if entry.words is not None else offer.files
    text = text.format(come=file_size(entry.downloaded), size=size_of_files(files))
    question = tr("Download {title} from {host}?")
    title = tr("Install model")
    if entry.words is not None:
        question = tr("Download the words of {title} from {host}?")
        title = tr("Add words")
        text += " " + tr("What is indexed stays as it is.")
    question = question.format(title=printable(entry.title), host=hosts_of(files))
    ask(parent, title, question, text, tr("Download"), confirmed)


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


def ask_to_add_words(parent: QWidget, title: str, confirmed: Confirmed, misfit: str) -> None:
    """misfit: why the words do not belong to the model."""
    text = tr(
        "Take both towers and the tokenizer from the same model. A model of another subject than "
        "photographs can get its words anyway."
    )
    question = tr("Add these words to {title} anyway?").format(title=printable(title))
    ask(parent, tr("Add words"), question, f"{misfit} {text}", tr("Add anyway"), confirmed)


def choose_word_files(parent: QWidget, folder: str, chosen: Callable[[list[str]], object]) -> None:
    """The user's text tower, its tokenizer, or both."""
    dialog = QFileDialog(parent, tr("A text tower (.onnx) and its tokenizer.json"), folder)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters([tr("Models (*.onnx *.json)"), tr("All (*)")])
    open_dialog_for_several(dialog, chosen)


def choose_model_files(
    parent: QWidget, title: str, files: Sequence[RemoteFile], chosen: Callable[[list[str]], object]
) -> None:
    """The user's copies of all these files."""
    names = ", ".join(file.name for file in files)
    text = tr("The files of {title}: {names}") if len(files) > 1 else tr("The file of {title}")
    dialog = QFileDialog(parent, text.format(title=printable(title), names=names))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    kinds = tr("Models (*.onnx *.json)") if len(files) > 1 else tr("ONNX models (*.onnx)")
    dialog.setNameFilters([kinds, tr("All (*)")])
    open_dialog_for_several(dialog, chosen)
