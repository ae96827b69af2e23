"""The crash harness: real runs of the command line are killed, and what is left is checked.

A `CrashedLibrary` goes from one killed run to the next. `tests/faults/test_crashes.py` has the
short form, `benchmarks/faults.py` the long one.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import run
from crash_points import Point, Scene
from crash_scenes import Scenes
from forking import PROGRAM, ForkedProcesses
from making import Vectors, assert_in_step, run_index

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.full_check import check
from finder.core.library.indexing import worker
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import content_id
from finder.core.pictures.decode import decode
from finder.core.pictures.scan import FoundFile

BATCH_IN_FLIGHT = 64
_SITE = Path(__file__).parent / "faults" / "site"
_ROOT = Path(__file__).parent.parent
_PROGRAM = f"""
import pathlib
exec(pathlib.Path({str(_SITE / "sitecustomize.py")!r}).read_text())
{PROGRAM}
"""
_CLOSE = 1e-3
_SMALL_STEPS = {
    "finder.core.library.indexing.batch_writer:_BATCH": 4,
    "finder.core.library.vectors.milvus_lite:_FLUSH_ROWS": 4,
    "finder.core.library.vectors.repair:_DEAD_ROWS_ALLOWED": 3,
    "finder.core.library.server.sharing:_FOLLOW_SECONDS": 0.0,
    "finder.core.library.check.server_check:_LOOK_AGAIN": 0.0,
    "milvus_lite.constants:COMPACTION_MIN_FILES_PER_BUCKET": 2,
}
"""So that a few pictures make many batches, flushes and compactions, and space is won back."""


@dataclass(frozen=True)
class RoundResult:
    """The result of one round. ended: the process's exit code, −9 if it was killed; lost: pictures
    that the library should have and does not; twice: pictures that both runs extracted; wrong:
    everything that is not as it must be."""

    point: Point
    ended: int
    lost: int
    twice: int
    wrong: tuple[str, ...]

    @property
    def was_killed(self) -> bool:
        return self.ended == -signal.SIGKILL


class CrashedLibrary:
    """A library and its pictures, made in an empty folder. forked: the processes to be killed;
    dice: makes all random choices."""

    def __init__(
        self,
        folder: Path,
        forked: ForkedProcesses,
        spec: ModelSpec,
        extractors: ExtractorPool,
        dice: random.Random,
    ) -> None:
        self._folder = folder
        self._forked = forked
        self._spec = spec
        self._extractors = extractors
        self._dice = dice
        self._vectors: dict[int, Vectors] = {}
        self._scenes = self._made_scenes(folder, spec.name, dice)
        run_index(self._scenes.home, [self._scenes.pictures], [spec], extractors)

    def round(self, point: Point, nth: int = 0) -> RoundResult:
        """Prepare the scene, kill a run at the point, finish it with another one, and check
        everything. nth: kill when the point is reached for the n-th time; 0: a random one up to
        `most`."""
        home = self._scenes.set(point.scene)
        ended = self._killed(home, point, nth or self._dice.randint(1, point.most))
        kept = point.scene not in _ANEW
        done_before = _embedded(home, self._spec.name) if kept else set()
        self._notes("second").unlink(missing_ok=True)
        wrong = [] if ended in (0, -signal.SIGKILL) else [f"it ended by itself with {ended}"]
        if point.scene in _REPAIRED:
            wrong += self._finished(home, "check", "--repair")
        wrong += self._finished(home, *self._index())
        first, second = self._extracted("first"), self._extracted("second")
        if again := done_before.intersection(second):
            wrong.append(f"{len(again)} pictures were extracted again that the catalogue had")
        if len(second) > len(set(second)):
            wrong.append("the second run extracted a picture twice")
        twice = len(set(first).intersection(second))
        if twice > BATCH_IN_FLIGHT:
            wrong.append(f"{twice} pictures were done twice")
        lost = self._look(home, wrong)
        return RoundResult(point, ended, lost, twice, tuple(wrong))

    # What differs where the library is on a server

    def _made_scenes(self, folder: Path, model: str, dice: random.Random) -> Scenes:
        return Scenes(folder, model, dice)

    def _in_step(self, home: Home) -> dict[int, Vectors]:
        """Raises AssertionError unless all copies of the vectors are the same."""
        return assert_in_step(home, self._spec.name)

    def _pictures_elsewhere(self) -> set[int]:
        """Which are in the library, too."""
        return set()

    def _look_at_more(self, home: Home, expected: dict[str, int]) -> list[str]:
        return []

    # Running

    def _index(self) -> list[str]:
        return ["index", "--model", self._spec.name, str(self._scenes.pictures)]

    def _killed(self, home: Home, point: Point, nth: int) -> int:
        words = _COMMANDS.get(point.scene) or self._index()
        at = [point.module, point.names, point.after, nth]
        killed_at = {"KILLED_AT": json.dumps(at)} if point.module else {}
        env = self._env() | killed_at
        self._forked.start(_PROGRAM, *words, "--home", home.root, env=env)
        if not point.module:
            time.sleep(self._dice.uniform(0.05, 1.0))
            self._forked.kill()
        return self._forked.wait().returncode

    def _finished(self, home: Home, *words: str) -> list[str]:
        """Run to the end, in this process; what is wrong with that."""
        with _small_steps(), _noting_extraction(self._notes("second")):
            ended = run(*words, home=home)
        has_found_faults = (
            words[0] == "check" and ended.returncode == 1
        )  # what is left to do for "index"
        if (ended.returncode and not has_found_faults) or "Traceback" in ended.stderr:
            return [
                f"{words[0]} ended with {ended.returncode}: {ended.stdout}{ended.stderr[-500:]}"
            ]
        return []

    def _env(self) -> dict[str, str]:
        notes = self._notes("first")
        notes.unlink(missing_ok=True)
        return {
            "PYTHONPATH": os.pathsep.join([str(_SITE), str(_ROOT)]),
            "EXTRACTED_TO": str(notes),
            "WITH_SETTINGS": json.dumps(_SMALL_STEPS),
        }

    def _notes(self, run: str) -> Path:
        return self._folder / f"extracted-{run}"

    def _extracted(self, run: str) -> list[int]:
        notes = self._notes(run)
        return list(map(json.loads, notes.read_text().split())) if notes.exists() else []

    # Checking

    def _look(self, home: Home, wrong: list[str]) -> int:
        """Compare the library with the pictures; add what is wrong. Returns how many are lost."""
        pictures = self._scenes.picture_files()
        expected = {str(path): content_id(path.read_bytes()) for path in pictures}
        try:
            with closing(Catalogue(home)) as catalogue:
                hashed = catalogue.content_hash  # a library of an old format keeps its own
                expected = {str(path): hashed.content_id(path.read_bytes()) for path in pictures}
                files = {f.path: f.picture for f in catalogue.files.below("/")}
                if catalogue.folders.paths() != [str(self._scenes.pictures)]:
                    wrong.append(f"the folders are {catalogue.folders.paths()}")
                if catalogue.settings.get("mine") != self._scenes.KEPT:
                    wrong.append("the settings are others")
            if files != expected:
                wrong.append(f"files differ: {sorted(files.items() ^ expected.items())[:6]}")
            there = self._in_step(home)
        except (AssertionError, FinderError) as error:
            wrong.append(f"not in step: {str(error)[:500]}")
            return len(expected)
        all_expected = set(expected.values()) | self._pictures_elsewhere()
        lost = all_expected - there.keys()
        if extra := there.keys() - all_expected:
            wrong.append(f"{len(extra)} vectors of no picture")
        if lost:
            wrong.append(f"{len(lost)} pictures have no vector")
        wrong += self._look_at_vectors(expected, there)
        wrong += self._look_at_rest(home)
        wrong += self._look_at_more(home, expected)
        return len(lost)

    def _look_at_vectors(self, expected: dict[str, int], there: dict[int, Vectors]) -> list[str]:
        far = {
            Path(path).name
            for path, picture in expected.items()
            if picture in there
            and not np.allclose(there[picture], self._fresh(path, picture), rtol=0, atol=_CLOSE)
        }
        return [f"vectors differ from a fresh extraction: {sorted(far)}"] if far else []

    def _fresh(self, path: str, picture: int) -> Vectors:
        if picture not in self._vectors:
            image = decode(Path(path).read_bytes(), self._spec.decode_side).image
            self._vectors[picture] = self._extractors.get(self._spec).embed_image(image)
        return self._vectors[picture]

    def _look_at_rest(self, home: Home) -> list[str]:
        *_, look = check(home, [self._spec], [], False)
        wrong = [finding.sentence for finding in look.findings]
        left = [home.suspects, home.crash_journal, home.damaged_vectors]
        return wrong + [f"left behind: {path.name}" for path in left if path.exists()]


@contextmanager
def _small_steps() -> Iterator[None]:
    """Inside, `_SMALL_STEPS` in this process, also where a module has taken the name of another."""
    with pytest.MonkeyPatch.context() as patch:
        for where, value in _SMALL_STEPS.items():
            module, _, name = where.partition(":")
            before = getattr(importlib.import_module(module), name)
            package = module.partition(".")[0]
            for loaded in [sys.modules[n] for n in sys.modules if n.partition(".")[0] == package]:
                if vars(loaded).get(name) is before:
                    patch.setattr(loaded, name, value)
        yield


@contextmanager
def _noting_extraction(notes: Path) -> Iterator[None]:
    """Inside, each picture that this process embeds is a line of the file."""
    extract = worker._extract

    def noting(file: FoundFile, picture: int, *rest: Any) -> Any:
        given = extract(file, picture, *rest)
        with open(notes, "a") as opened:
            opened.write(f"{json.dumps(picture)}\n")
        return given

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "_extract", noting)
        yield


_ANEW = {Scene.BAD_CATALOGUE, Scene.BAD_CATALOGUE_NO_COPY}
"""Here an older catalogue takes the place of the one that the killed process leaves."""
_REPAIRED = {Scene.BAD_MATRIX, *_ANEW}
_COMMANDS = {
    Scene.RESTORE: ["restore", "latest"],
    **{scene: ["check", "--repair"] for scene in _REPAIRED},
}


def _embedded(home: Home, model: str) -> set[int]:
    """What the catalogue has at this moment, read from a copy of its files, because opening it
    would repair it. Empty if it is missing or cannot be read."""
    aside = home.root.with_name("as-it-was")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    for path in home.root.glob("catalogue.sqlite*"):
        shutil.copy2(path, aside)
    try:
        with closing(sqlite3.connect(aside / home.catalogue.name)) as db:
            rows = db.execute("SELECT picture FROM embedding WHERE model = ?", (model,))
            return {picture for (picture,) in rows}
    except sqlite3.Error:
        return set()
