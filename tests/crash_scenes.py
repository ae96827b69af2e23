"""How a library and its pictures are changed before a run that is killed."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from crash_points import Scene
from making import copied

from finder.core.library.catalogue.backups import list_backups
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home, samples_dir

_FORMAT_1 = Path(__file__).parent / "formats" / "1"
_PICTURES = 15
_MARGIN = 5
_ENOUGH = 10


class Scenes:
    """One library that lives through all scenes but one: the old format begins with an old
    library. dice: the source of all random choices."""

    KEPT = {"mine": [1, 2]}  # noqa: RUF012

    def __init__(self, folder: Path, model: str, dice: random.Random) -> None:
        self._root = folder
        self._model = model
        self._dice = dice
        self._made = 0
        self._sources = sorted(samples_dir().glob("[bc]*/*.jpg"))
        self.home = Home(folder / "home")
        self._usual = self.pictures = folder / "pictures"
        for _ in range(_PICTURES):
            self._add()
        self._begin()

    def picture_files(self) -> list[Path]:
        return sorted(self.pictures.rglob("*.jpg"))

    def set(self, scene: Scene) -> Home:
        """Prepare the scene. Returns the library; its pictures are in `pictures`."""
        self.pictures = self._usual
        if scene is Scene.OLD_FORMAT:
            return self._old_format()
        if scene is Scene.REMOVALS and len(self.picture_files()) >= _ENOUGH:
            for path in self._some(len(self.picture_files()) // 2):
                path.unlink()
        else:
            self._change()
        if scene in (Scene.NO_COPY, Scene.BAD_CATALOGUE_NO_COPY):
            for copy in list_backups(self.home):
                copy.path.unlink()
        elif scene in (Scene.BAD_CATALOGUE, Scene.RESTORE):
            self._require_copy()
        self._damage(scene)
        return self.home

    def _begin(self) -> None:
        with LibraryWriter(self.home) as writer:
            with writer.catalogue.transaction():
                writer.catalogue.settings.put("mine", self.KEPT)
                writer.catalogue.folders.add(str(self.pictures))
            writer.make_backup()

    def _require_copy(self) -> None:
        if not list_backups(self.home):
            with LibraryWriter(self.home) as writer:
                writer.make_backup()

    # Pictures

    def _some(self, number: int) -> list[Path]:
        return self._dice.sample(self.picture_files(), number)

    def _content(self) -> bytes:
        """A picture that was not there before: a JPEG may have anything behind its end."""
        self._made += 1
        return self._dice.choice(self._sources).read_bytes() + b"%d" % self._made

    def _add(self) -> None:
        content = self._content()
        path = self.pictures / self._dice.choice(["a", "b", "b/c"]) / f"{self._made:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def _change(self) -> None:
        """Some are new, others changed, moved, or deleted."""
        leaving = 2 + max(0, len(self.picture_files()) - _PICTURES - _MARGIN)
        *gone, moved, first, second = self._some(leaving + 3)
        for path in gone:
            path.unlink()
        self._made += 1
        moved.rename(moved.with_name(f"{self._made:05} moved.jpg"))
        for path in (first, second):
            path.write_bytes(self._content())
        for _ in range(self._dice.randint(4, 8) + max(0, _PICTURES - len(self.picture_files()))):
            self._add()

    # Libraries

    def _old_format(self) -> Home:
        """The library of format 1 that is kept for tests, with its pictures where they are now."""
        home = Home(self._root / "old")
        self.pictures = self._root / "old pictures"
        for folder in (home.root, self.pictures):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(_FORMAT_1, home.root)
        with closing(sqlite3.connect(home.catalogue, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("DELETE FROM file WHERE picture IS NULL")
            db.execute("INSERT INTO setting VALUES ('mine', '{\"mine\": [1, 2]}')")
            db.execute("UPDATE folder SET path = ?", (os.fsencode(self.pictures),))
            for (path,) in db.execute("SELECT path FROM file").fetchall():
                inside = Path(os.fsdecode(path)).relative_to("/pictures")
                (source,) = samples_dir().rglob(inside.name)
                (here,) = copied([source], (self.pictures / inside).parent)
                facts = here.stat()
                db.execute(
                    "UPDATE file SET path = ?, size = ?, mtime_ns = ? WHERE path = ?",
                    (os.fsencode(here), facts.st_size, facts.st_mtime_ns, path),
                )
        return home

    def _damage(self, scene: Scene) -> None:
        home = self.home
        if scene is Scene.BAD_MATRIX:
            with closing(Catalogue(home)) as catalogue:
                (row,) = catalogue.embeddings.rows(self._model)[:1, 1]
            (matrix,) = home.nearest.glob(f"{self._model}-*.f32")
            with open(matrix, "rb+") as file:
                file.seek(int(row) * 1_280 * 4)
                file.write(b"\xaa" * 64)
        elif scene is Scene.BAD_CATALOGUE:
            self._spoil_page(1)
        elif scene is Scene.BAD_CATALOGUE_NO_COPY:
            with closing(sqlite3.connect(home.catalogue)) as db:
                found = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'file'")
                (page,) = found.fetchone()
            self._spoil_page(page)

    def _spoil_page(self, page: int) -> None:
        with closing(sqlite3.connect(self.home.catalogue)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(self.home.catalogue, "rb+") as file:
            file.seek((page - 1) * 4_096)
            file.write(b"\xaa" * 4_096)
