"""Carries out the user's commands on models, after a question where one is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.gui.models.model_view import ModelCommand

if TYPE_CHECKING:
    from finder.gui.models.model_activities import ModelActivities
    from finder.gui.models.model_downloads import ModelDownloads
    from finder.gui.models.model_operations import ModelOperations
    from finder.gui.models.model_words import ModelWords
    from finder.use_cases.models.models_overview import ModelEntry


class ModelCommands(QObject):
    """Signal: index_requested(name)."""

    index_requested = Signal(str)

    def __init__(
        self,
        activities: ModelActivities,
        downloads: ModelDownloads,
        operations: ModelOperations,
        words: ModelWords,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._activities = activities
        self._downloads = downloads
        self._operations = operations
        self._words = words

    def run(self, command: ModelCommand, entry: ModelEntry, dialog: QWidget) -> None:
        """dialog: the parent of the question."""
        actions: dict[ModelCommand, Callable[[ModelEntry, QWidget], None]] = {
            ModelCommand.INSTALL: self._ask_to_install,
            ModelCommand.GIVE_FILE: self._choose_file,
            ModelCommand.INDEX: self._index,
            ModelCommand.INDEX_AGAIN: self._ask_to_index_again,
            ModelCommand.REMOVE: self._ask_to_remove,
            ModelCommand.MEASURE: self._measure,
            ModelCommand.ADD_WORDS: self._choose_words,
            ModelCommand.CANCEL: self._cancel,
        }
        actions[command](entry, dialog)

    def _ask_to_install(self, entry: ModelEntry, dialog: QWidget) -> None:
        from finder.gui.models.model_questions import ask_to_install

        offer = entry.installable
        if offer is not None:
            adds_words = entry.words is not None
            confirmed = partial(self._downloads.install, offer, adds_words=adds_words)
            ask_to_install(dialog, entry, offer, confirmed)

    def _choose_file(self, entry: ModelEntry, dialog: QWidget) -> None:
        from finder.gui.models.model_questions import choose_model_files

        offer = entry.installable
        if offer is not None:
            adds_words = entry.words is not None
            choose_model_files(
                dialog,
                entry.title,
                offer.text_files if adds_words else offer.files,
                lambda paths: self._downloads.install(offer, [*map(Path, paths)], adds_words),
            )

    def _index(self, entry: ModelEntry, dialog: QWidget) -> None:
        self._activities.clear_message(entry.name)
        self.index_requested.emit(entry.name)

    def _ask_to_index_again(self, entry: ModelEntry, dialog: QWidget) -> None:
        from finder.gui.models.model_questions import ask_to_index_again

        if entry.usage is not None and entry.spec is not None:
            confirmed = partial(self._operations.index_again, entry.spec)
            ask_to_index_again(dialog, entry.title, entry.usage, confirmed)

    def _ask_to_remove(self, entry: ModelEntry, dialog: QWidget) -> None:
        from finder.gui.models.model_questions import ask_to_remove

        if entry.usage is not None:
            confirmed = partial(self._operations.remove, entry.usage)
            ask_to_remove(dialog, entry.title, entry.usage, confirmed)

    def _measure(self, entry: ModelEntry, dialog: QWidget) -> None:
        if entry.spec is not None:
            self._operations.measure(entry.spec)

    def _choose_words(self, entry: ModelEntry, dialog: QWidget) -> None:
        from finder.gui.models.model_questions import choose_word_files

        choose_word_files(dialog, "", partial(self._add_words, entry, dialog))

    def _add_words(self, entry: ModelEntry, dialog: QWidget, paths: list[str]) -> None:
        from finder.gui.models.model_questions import ask_to_add_words

        if entry.spec is not None:
            confirmed = partial(self._words.add, entry.spec, paths, lambda _: None, force=True)
            ask = partial(ask_to_add_words, dialog, entry.title, confirmed)
            self._words.add(entry.spec, paths, ask)

    def _cancel(self, entry: ModelEntry, dialog: QWidget) -> None:
        self._operations.stop_measuring(entry.name)
        self._words.cancel(entry.name)
        self._downloads.cancel(entry.name)
