"""Importing a model, as steps for the door: look into it, try out what was chosen, keep it."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from finder.core.paths import Home
from finder.core.stop import Stop, Stopped
from finder.jobs.images import load_picture
from finder.jobs.importing import Prepared, examine, keep, looks, prepared
from finder.jobs.quiet import load_quietly

if TYPE_CHECKING:
    from finder.core.models.cutting import Feature
    from finder.core.models.examining import Findings
    from finder.core.models.spec import ModelSpec
    from finder.core.search.sampling import SampleLook

_THUMB_SIDE = 240
_LOOK_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Proposal:
    """What was found in a model file; name: one that is free for the new model; sentence: which
    known model it is, if it is one."""

    findings: Findings
    name: str
    sentence: str = ""


@dataclass(frozen=True)
class TryOut:
    """How far a choice has been tried out. look: None while the model is being cut; images: of the
    pictures in its neighbours; added: the model, once it is kept."""

    look: SampleLook | None = None
    batch_free: bool = True
    images: Mapping[Path, QImage] = field(default_factory=dict)
    added: ModelSpec | None = None

    @property
    def is_whole(self) -> bool:
        return self.look is not None and self.look.done == self.look.total


def propose(home: Home, file: Path, side: int | None, feature: str, stop: Stop) -> Proposal:
    """Look into a model file (lane IMPORT); side and feature as in `examine`. Raises FinderError,
    Stopped."""
    load_quietly("finder.core.models.importing", "finder.core.search.sampling")
    from finder.core.models.importing import free_name, recognised

    findings = examine(file, side, feature, stop, home)
    known = findings.known
    sentence = recognised(home, known) if known else ""
    return Proposal(findings, free_name(home, file, known), sentence)


def try_out(
    home: Home,
    findings: Findings,
    feature: Feature,
    preset: str,
    names: SimpleQueue[str],
    stop: Stop,
) -> Generator[TryOut]:
    """Cut the model, let it look at the samples, wait for a name and keep it under that (lane
    IMPORT). What was cut is thrown away when the steps end, however they do. Raises FinderError,
    Stopped."""
    from finder.core.models.importing import Choice, free_name

    file, known = findings.file, findings.known
    choice = Choice(file, findings.image, feature, preset, free_name(home, file, known), known)
    with prepared(choice, stop) as made:
        tried = TryOut(batch_free=made.batch_free)
        yield tried
        for look in looks(made, stop):
            tried = replace(tried, look=look, images=_images(look))
            yield tried
        name = _next(names, stop)
        yield replace(tried, added=_kept(home, made, name, stop))


def _kept(home: Home, made: Prepared, name: str, stop: Stop) -> ModelSpec:
    """Raises Stopped where nobody waits for it any more; then it is gone again."""
    added = keep(home, made, name)
    try:
        stop.check()
    except Stopped:
        shutil.rmtree(added.file.parent, ignore_errors=True)
        raise
    return added


def check_name(home: Home, name: str) -> None:
    """Raises FinderError for a name that no new model can have (lane LOOK)."""
    from finder.core.models.importing import require_name

    require_name(home, name)


def _images(look: SampleLook) -> dict[Path, QImage]:
    """Small, for the window."""
    near = (path for found in look.neighbours for path, _ in found.nearest)
    paths = {*near, *(found.picture for found in look.neighbours)}
    return {path: load_picture(str(path), _THUMB_SIDE) for path in paths}


def _next(names: SimpleQueue[str], stop: Stop) -> str:
    while True:
        stop.check()
        try:
            return names.get(timeout=_LOOK_EVERY)
        except Empty:
            continue
