"""The catalogue: everything that is known about the user's files, in one SQLite database.

It is in WAL mode, so that the writer does not block readers.

One `Catalogue` is one connection and belongs to one thread at a time. Its tables are attributes. A
method that changes something does not commit; `transaction()` does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, cannot_write
from finder.core.i18n import tr
from finder.core.library.catalogue.backups import list_backups
from finder.core.library.catalogue.opening import catalogue_failed, connect
from finder.core.library.catalogue.schema import CONTENT_HASH, renew_epoch
from finder.core.library.catalogue.tables.description_table import DescriptionTable
from finder.core.library.catalogue.tables.embedding_table import EmbeddingTable
from finder.core.library.catalogue.tables.failure_table import FailureTable
from finder.core.library.catalogue.tables.file_table import FileTable
from finder.core.library.catalogue.tables.folder_table import FolderTable
from finder.core.library.catalogue.tables.model_table import ModelTable
from finder.core.library.catalogue.tables.picture_table import PictureTable
from finder.core.library.catalogue.tables.recognised_table import RecognisedTextTable
from finder.core.library.catalogue.tables.removed_table import RemovedTable
from finder.core.library.catalogue.tables.saved_search_table import SavedSearchTable
from finder.core.library.catalogue.tables.setting_table import SettingTable
from finder.core.library.catalogue.tables.unpublished_table import UnpublishedTable
from finder.core.library.catalogue.tables.word_table import WordTable
from finder.core.library.server.path_mappings import here_of
from finder.core.pictures.content_id import ContentHash

if TYPE_CHECKING:
    from finder.core.paths import Home


class Catalogue:
    """A connection to a library's catalogue. Raises FinderError where it cannot be opened.

    is_snapshot: the disk is full or read-only, so the catalogue can be read but not changed. here:
    this machine, as it was known when the catalogue was opened.
    """

    def __init__(self, home: Home) -> None:
        self._path = home.catalogue
        # before it is opened: a file that is put in its place meanwhile counts as another one
        self._file = _identity(self._path)
        try:
            self._db, self.is_snapshot = connect(home)
        except (OSError, sqlite3.Error) as error:
            raise catalogue_failed(home, error) from error
        self._file = self._file or _identity(self._path)
        self.words = WordTable(self._db)
        self.folders = FolderTable(self._db, self.words)
        self.here = here_of(home)
        self.pictures = PictureTable(self._db, self.here)
        self.models = ModelTable(self._db)
        self.files = FileTable(self._db, self.models, self.pictures)
        self.embeddings = EmbeddingTable(self._db)
        self.failures = FailureTable(self._db)
        self.descriptions = DescriptionTable(self._db)
        self.recognised_text = RecognisedTextTable(self._db)
        self.settings = SettingTable(self._db)
        self.searches = SavedSearchTable(self._db, self.settings)
        self.unpublished = UnpublishedTable(self._db)
        self.removed = RemovedTable(self._db, self.files)
        self._catch_up()

    def close(self) -> None:
        self._db.close()

    @property
    def was_replaced(self) -> bool:
        """Whether another file has taken the place of the one that is open, as after the repair
        of a damaged catalogue: then this connection sees nothing new any more."""
        return _identity(self._path) not in (None, self._file)

    @property
    def connection(self) -> sqlite3.Connection:
        """For checks and backups, which work on whole tables."""
        return self._db

    def require_writable(self) -> None:
        """Raises FinderError if this is a snapshot."""
        if self.is_snapshot:
            raise FinderError(
                tr("The library's disk is full or read-only; it can only be searched."),
                tr("Free some space, or make its folder writable: {home}").format(
                    home=self._path.parent
                ),
            )

    def sync_commits(self) -> None:
        """From now on, what this connection has committed survives a power cut."""
        self._db.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing. Raises FinderError where it cannot be written."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self.words.update()
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise cannot_write(error) from error
        except BaseException:
            self._roll_back()
            raise

    def _catch_up(self) -> None:
        """Make the index of words of a catalogue that has just got its format, and follow what was
        changed without this class. On a full disk that is left to another time."""
        with suppress(FinderError, sqlite3.DatabaseError):
            if not self.is_snapshot and self.words.is_behind:
                with self.transaction():
                    pass

    def change_mark(self) -> tuple[int, int]:
        """Differs from an earlier one if any process has committed something since."""
        (seen,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(seen), self._db.total_changes

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read within the context is from the same moment, whatever a writer does."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def remove_pictures(self, pictures: list[int]) -> None:
        """Remove pictures, and every model's embeddings of them. The vectors get tombstones; in a
        library that is shared, those of models that are not known here, too."""
        import numpy as np

        for model in self.models.states():
            counted = self.embeddings.rows(model)[:, 0]
            gone = np.intersect1d(counted, np.array(pictures, dtype=np.int64))
            if len(gone):
                self.embeddings.remove(model, gone.tolist())
        if self.unpublished.is_kept:
            self.embeddings.add_tombstones(pictures)
        self._db.executemany("DELETE FROM picture WHERE id = ?", ((p,) for p in pictures))

    def renew_epoch(self) -> None:
        """The library was repaired: readers must read it again."""
        renew_epoch(self._db)

    @property
    def epoch(self) -> str:
        """Another one after every restore, repair and rebuilt matrix."""
        (epoch,) = self._db.execute("SELECT epoch FROM library").fetchone()
        return str(epoch)

    @property
    def content_hash(self) -> ContentHash:
        """The hash that this library's content ids are made with."""
        kept = self.settings.get(CONTENT_HASH)
        return ContentHash(kept) if kept in set(ContentHash) else ContentHash.BLAKE3


def _identity(path: Path) -> tuple[int, int] | None:
    """Distinguishes a file from another one of the same name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_existing(home: Home) -> Catalogue:
    """The catalogue of an existing library. Raises FinderError where there is none."""
    if not home.catalogue.is_file() and not list_backups(home):
        raise FinderError(
            tr("There is no library in {home} yet.").format(home=home.root),
            tr("Index a folder first: image-finder index FOLDER"),
        )
    return Catalogue(home)
