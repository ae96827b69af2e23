"""Removing files, folders, pictures and models from a library.

A removed vector gets a tombstone in the catalogue first, is deleted from the vector store next, and
loses its tombstone last: a crash in between leaves work to repeat, never a vector without a
picture.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.core.library.catalogue.records import as_removed, machine_of
from finder.core.library.catalogue.settings import forget_choice
from finder.core.library.crop_folders import crop_folders, forget_crops, unwanted_crops
from finder.core.library.server.server_errors import ServerError, ServerUnavailable
from finder.core.models.crops import crops_name, is_crops
from finder.core.pictures.scan import is_within

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.feature_store import FeatureStore
    from finder.core.library.server.sharing import Sharing
    from finder.core.library.thumbnail_store import ThumbnailStore
    from finder.core.library.vectors.store_session import StoreSession


class Removals:
    """Removes from the library whose writer's lock is held. Pictures on the disk are not touched.
    Raises FinderError."""

    def __init__(
        self,
        catalogue: Catalogue,
        store: StoreSession,
        thumbnails: ThumbnailStore,
        features: FeatureStore,
        sharing: Sharing | None = None,
        notes: list[str] | None = None,
    ) -> None:
        """sharing: tells other machines which files are gone, before vectors are deleted; notes: a
        sentence is added to it where a server is away or fails, and the next run does that."""
        self._catalogue = catalogue
        self._store = store
        self._thumbnails = thumbnails
        self._features = features
        self._sharing = sharing
        self._notes = notes if notes is not None else []

    def forget_files(self, paths: Iterable[str]) -> None:
        """Remove files from the catalogue. Their pictures stay until `purge`."""
        with self._catalogue.transaction():
            self._catalogue.files.remove(paths)

    def forget_folder(self, folder: str) -> int:
        """Remove a folder from the library, with the files that are in no other folder of it.

        Returns the number of removed files.
        """
        had_crops = folder in crop_folders(self._catalogue)
        with self._catalogue.transaction():
            forget_crops(self._catalogue, folder)
            self._catalogue.folders.remove(folder)
            others = self._catalogue.folders.paths()
            paths = [
                file.path
                for file in self._catalogue.files.below(folder)
                if not any(is_within(file.path, other) for other in others)
            ]
            self._catalogue.files.remove(paths)
        self._purge_here()
        if had_crops:
            self._remove_unwanted_crops_here()
        return len(paths)

    def remove_pictures(self, pictures: Iterable[int]) -> int:
        """Remove pictures with all their places, until `bring_back`: indexing does not add them
        again. Returns the number of files that showed them. Those of other machines are hidden
        here, and stay there."""
        pictures = list(pictures)
        elsewhere = self._sharing.files_elsewhere(pictures) if self._sharing is not None else []
        with self._catalogue.transaction():
            self._catalogue.removed.add(pictures)
            files = sum(map(self._catalogue.removed.mark_files, pictures))
            for file in elsewhere:
                self._catalogue.files.put(as_removed(file))
        self._purge_here()
        return files + len(elsewhere)

    def bring_back(self, pictures: Iterable[int]) -> list[str]:
        """The pictures are not removed any more: the next run indexes their files again, and
        `Sharing.fetch_again` those of other machines. Returns those that are known."""
        asked = set(pictures)
        files = self._catalogue.removed.files()
        paths = [path for path, picture in files.items() if picture in asked]
        with self._catalogue.transaction():
            self._catalogue.removed.remove(asked)
            self._catalogue.files.remove(paths)
            if self._sharing is not None and any(map(machine_of, paths)):
                self._sharing.note_brought_back(asked)
        return paths

    def remove_again(self) -> None:
        """Remove what the user had removed and a restored catalogue shows again."""
        shown = self._catalogue.removed.still_shown()
        if shown:
            self.remove_pictures(shown)

    def forget_damaged(self, paths: Iterable[bytes], pictures: Iterable[int]) -> None:
        """Remove entries whose checksum does not match: the next run creates them again, with
        all vectors of the pictures."""
        pictures = list(pictures)
        with self._catalogue.transaction():
            self._catalogue.files.remove(map(os.fsdecode, paths))
            for picture in pictures:
                self._catalogue.files.remove_of(picture)
        self.purge()

    def _purge_here(self) -> None:
        """As `purge`; a server that is away, or fails, is left to the next run."""
        try:
            self.purge()
        except ServerError as failure:
            self._note_left(failure)

    def _note_left(self, failure: ServerError) -> None:
        text = tr("{why} What was removed here is removed there by the next run.")
        note = text.format(why=failure.sentence)
        if note not in self._notes:
            self._notes.append(note)

    def purge(self) -> int:
        """Remove all data of pictures that have no file any more. Returns their number."""
        gone = self._catalogue.pictures.without_file()
        if gone:
            self._thumbnails.remove(gone)
            self._features.remove(gone)
            with self._catalogue.transaction():
                self._catalogue.remove_pictures(gone)
        self.finish()
        return len(gone)

    def remove_vectors(self, model: str, pictures: Sequence[int]) -> None:
        """Remove a model's vectors of these pictures: the next run computes them again."""
        if pictures:
            with self._catalogue.transaction():
                self._catalogue.embeddings.remove(model, pictures)
            self.finish()

    def remove_unwanted_crops(self) -> int:
        """Remove the crops of pictures that are in no folder with crops any more. Returns how many
        pictures these are. On a server those of other machines' pictures stay. What failed may be
        tried again."""
        with self._catalogue.transaction():
            for model in filter(is_crops, self._catalogue.models.states()):
                self._catalogue.failures.remove_of(model)
        unwanted = unwanted_crops(self._catalogue)
        for model, pictures in unwanted.items():
            if self._sharing is not None:
                self._sharing.delete_own(model, pictures)
            self.remove_vectors(model, pictures)
        return len(set().union(*unwanted.values()))

    def _remove_unwanted_crops_here(self) -> None:
        """As that; where the server fails, it keeps them."""
        try:
            self.remove_unwanted_crops()
        except ServerError as failure:
            self._note_left(failure)

    def finish(self) -> None:
        """Delete from the vector store what has a tombstone, and release the space. Where a server
        that is there refuses, perhaps because of another machine's model, the tombstones stay for
        the next run."""
        with self._store.while_inconsistent():
            self._delete_tombstoned()

    def _delete_tombstoned(self) -> None:
        if self._sharing is not None:
            self._sharing.publish()
        tombstones = self._catalogue.embeddings.tombstones()
        if self._sharing is not None and tombstones:
            try:
                self._sharing.delete_unneeded(sorted(set().union(*tombstones.values())))
            except ServerUnavailable:
                raise
            except ServerError as failure:
                self._note_left(failure)
                return
        for model, pictures in tombstones.items():
            if self._sharing is None:
                self._delete_vectors(model, pictures)
            with self._catalogue.transaction():
                self._catalogue.embeddings.clear_tombstones(model)
        for model in tombstones:
            if model in self._catalogue.models.states():
                self._store.compact(model)

    def _delete_vectors(self, model: str, pictures: Sequence[int]) -> None:
        state = self._catalogue.models.states().get(model)
        if state is None:
            return
        kept = set(self._catalogue.embeddings.pictures(model).tolist())
        store = self._store.opened_for(model)
        if kept:
            store.delete(state, [picture for picture in pictures if picture not in kept])
        else:
            store.drop(state)

    def forget_model(self, model: str) -> None:
        """Remove a model from the catalogue and the settings, with its embeddings, also those of
        crops. Its stored vectors stay until `StoreSession.drop_unknown`, or until the next writer
        opens the store."""
        states = self._catalogue.models.states()
        with self._catalogue.transaction():
            forget_choice(self._catalogue, model)
            for name in (model, crops_name(model)):
                self._catalogue.embeddings.clear_tombstones(name)
                if name in states:
                    self._store.forget(states[name])
                    self._catalogue.models.remove(name)
            if model in states:
                self._catalogue.failures.clear()  # the other models may try again without it
