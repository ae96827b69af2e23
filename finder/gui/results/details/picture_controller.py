"""The actions on the selected picture, and its details."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMenu, QWidget

from finder.gui.results.details.picture_files import PictureFiles
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.matches import Match
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.results.details.details_panel import DetailsPanel
    from finder.gui.results.folding import Stack
    from finder.jobs.library_pictures import PictureDetails
    from finder.jobs.workspace import Workspace


PICTURE_ACTIONS = (
    "find_similar",
    "more_like_this",
    "less_like_this",
    "open_file",
    "preview",
    "show_in_folder",
    "copy_path",
    "copy_picture",
    "remove_picture",
)
"""The names of the actions that need a selected picture, in the order of the menu."""
_EXAMPLE_ACTIONS = ("more_like_this", "less_like_this")
"""Those that need a match: a search that they can change."""


class PictureController(QObject):
    """Signals: selected(Match or None); details_loaded(PictureDetails), of the selected picture;
    updated(Match): the selected picture has another rank, or is proven to be the query's; used: an
    action on it begins; preview_requested; similar_requested(PictureRecord);
    example_given(PictureRecord, whether more like it); removal_requested(PictureRecord);
    stack_toggled(Match): show what is folded behind it, or fold it again."""

    selected = Signal(object)
    details_loaded = Signal(object)
    updated = Signal(object)
    used = Signal()
    preview_requested = Signal()
    similar_requested = Signal(object)
    example_given = Signal(object, bool)
    removal_requested = Signal(object)
    stack_toggled = Signal(object)

    def __init__(
        self,
        task_runner: TaskRunner,
        workspace: Workspace,
        feed: ThumbnailFeed,
        panel: DetailsPanel,
        actions: Mapping[str, QAction],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._task_runner = task_runner
        self._workspace = workspace
        self._feed = feed
        self._panel = panel
        self._actions = {name: actions[name] for name in PICTURE_ACTIONS}
        self._near_duplicates = actions["near_duplicates"]
        self._near_duplicates.triggered.connect(self._toggle_stack)
        self._window = window
        self.files = PictureFiles(task_runner, workspace, self)
        self._match: Match | None = None
        self._details: PictureDetails | None = None
        self._task: Task | None = None
        panel.action_requested.connect(self.perform)
        for name, action in self._actions.items():
            action.triggered.connect(partial(self.perform, name))
        self.select(None)

    @property
    def match(self) -> Match | None:
        """The selected picture. Its rank is 0 if it is not a match but one of the library."""
        return self._match

    @property
    def details(self) -> PictureDetails | None:
        """Of the selected picture; None until they are loaded."""
        return self._details

    def select(self, match: Match | None) -> None:
        """Make this the picture that the actions work on, and load its details."""
        self._match, self._details = match, None
        for name, action in self._actions.items():
            needs_rank = name in _EXAMPLE_ACTIONS
            action.setEnabled(match is not None and (match.rank > 0 or not needs_rank))
        self.show_stack(None)
        self._show_selected(match)
        self.selected.emit(match)

    def show_stack(self, stack: Stack | None) -> None:
        """Which stack the selected picture is in. None: there is nothing to fold or unfold."""
        self._near_duplicates.setEnabled(stack is not None)
        self._near_duplicates.setChecked(stack is not None and stack.is_open)

    def _toggle_stack(self) -> None:
        if self._match is not None:
            self.stack_toggled.emit(self._match)

    def _show_selected(self, match: Match | None) -> None:
        if match is None:
            if self._task is not None:
                self._task.drop()
            self._panel.clear()
            return
        self._panel.show_picture(match.picture)
        thumb = self._feed.pixmap(match.picture.id)
        self._panel.image.show_image(thumb.toImage() if thumb is not None else QImage())
        self._load_details(match.picture)

    def _load_details(self, picture: PictureRecord) -> None:
        if self._task is not None:
            self._task.drop()
        self._task = self._task_runner.call(
            Lane.PREVIEW,
            partial(self._workspace.pictures.details, picture),
            self._show_details,
        )

    def perform(self, name: str, *_: object) -> None:
        """Perform one of PICTURE_ACTIONS on the selected picture."""
        match = self._match
        if match is not None:
            self.used.emit()
            actions: dict[str, Callable[[], object]] = {
                "find_similar": self._find_similar,
                "more_like_this": partial(self._give_example, True),
                "less_like_this": partial(self._give_example, False),
                "open_file": partial(self.files.open, match.picture),
                "preview": self.preview_requested.emit,
                "show_in_folder": partial(self.files.show_in_folder, match.picture),
                "copy_path": partial(self.files.copy_path, match.picture),
                "copy_picture": lambda: self.files.copy_picture(match.picture, self._image()),
                "remove_picture": partial(self.removal_requested.emit, match.picture),
            }
            actions[name]()

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        picture = pictures.get(self._match.picture.id) if self._match is not None else None
        if self._match is None or picture is None or picture == self._match.picture:
            return
        self._match = replace(self._match, picture=picture)
        self._panel.update_pictures(pictures)
        self._load_details(picture)  # what was being loaded may be of a file that is gone

    def update_match(self, match: Match) -> None:
        """The answer is in another order; the same picture is selected."""
        if self._match is not None and match.picture.id == self._match.picture.id:
            self._match = replace(match, picture=self._match.picture)
            self.updated.emit(self._match)

    def show_menu(self, at: QPoint) -> None:
        """What can be done with the selected picture. at: a global position."""
        if self._match is None:
            return
        menu = QMenu(self._window)
        for name in PICTURE_ACTIONS:
            if self._match.rank > 0 or name not in _EXAMPLE_ACTIONS:
                menu.addAction(self._actions[name])
            if name == _EXAMPLE_ACTIONS[-1] and self._near_duplicates.isEnabled():
                menu.addAction(self._near_duplicates)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _find_similar(self) -> None:
        """Also of a picture whose file is gone: its stored vectors are enough."""
        if self._match is not None:
            self.similar_requested.emit(self._match.picture)

    def _give_example(self, is_more: bool) -> None:
        if self._match is not None:
            self.example_given.emit(self._match.picture, is_more)

    def _image(self) -> QImage:
        """The large preview, or the thumbnail until that is loaded."""
        if self._details is not None and not self._details.image.isNull():
            return self._details.image
        thumb = self._feed.pixmap(self._match.picture.id) if self._match else None
        return thumb.toImage() if thumb is not None else QImage()

    def _show_details(self, details: PictureDetails) -> None:
        self._details = details
        if self._match is not None and self._match.picture.id == details.picture.id:
            self._match = replace(self._match, picture=details.picture)
        self._panel.show_details(details)
        self.details_loaded.emit(details)
