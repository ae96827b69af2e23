"""Importing a model, as steps for the door: look into it, try out what was chosen, keep it."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.paths import Home
from finder.jobs.images import load_picture
from finder.workers.deferred_imports import import_deferred
from finder.workers.model_import_process import Prepared, examine, keep, looks, prepared

if TYPE_CHECKING:
    from finder.core.models.graph.truncation import Feature
    from finder.core.models.importing.inspection import Inspection
    from finder.core.models.spec import ModelSpec
    from finder.core.search.sample_matches import SampleMatches

_THUMB_SIDE = 240
_LOOK_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Proposal:
    """What was found in a model file; name: one that is free for the new model; sentence: which
    known model it is, if it is one."""

    findings: Inspection
    name: str
    sentence: str = ""


@dataclass(frozen=True)
class ImportPreview:
    """How far a choice has been tried out. look: None while the model is being cut; images: of the
    pictures in its neighbours; added: the model, once it is kept."""

    look: SampleMatches | None = None
    batch_free: bool = True
    images: Mapping[Path, QImage] = field(default_factory=dict)
    added: ModelSpec | None = None

    @property
    def is_whole(self) -> bool:
        return self.look is not None and self.look.done == self.look.total


def propose(home: Home, file: Path, side: int | None, feature: str, stop: CancelToken) -> Proposal:
    """Look into a model file (lane IMPORT); side and feature as in `examine`. Raises FinderError,
    Cancelled."""
    import_deferred(
        "finder.core.models.importing.model_import", "finder.core.search.sample_matches"
    )
    from finder.core.models.importing.model_import import free_name, recognition_sentence

    findings = examine(file, side, feature, stop, home)
    known = findings.known
    sentence = recognition_sentence(home, known) if known else ""
    return Proposal(findings, free_name(home, file, known), sentence)


def try_out(
    home: Home,
    findings: Inspection,
    feature: Feature,
    preset: str,
    names: SimpleQueue[str],
    stop: CancelToken,
) -> Generator[ImportPreview]:
    """Cut the model, let it look at the samples, wait for a name and keep it under that (lane
    IMPORT). What was cut is thrown away when the steps end, however they do. Raises FinderError,
    Cancelled."""
    from finder.core.models.importing.model_import import ImportChoice, free_name

    file, known = findings.file, findings.known
    choice = ImportChoice(
        file, findings.image, feature, preset, free_name(home, file, known), known
    )
    with prepared(choice, stop) as made:
        tried = ImportPreview(batch_free=made.batch_free)
        yield tried
        for look in looks(made, stop):
            tried = replace(tried, look=look, images=_images(look))
            yield tried
        name = _next(names, stop)
        yield replace(tried, added=_kept(home, made, name, stop))


def _kept(home: Home, made: Prepared, name: str, stop: CancelToken) -> ModelSpec:
    """Raises Cancelled where nobody waits for it any more; then it is gone again."""
    added = keep(home, made, name)
    try:
        stop.check()
    except Cancelled:
        shutil.rmtree(added.file.parent, ignore_errors=True)
        raise
    return added


def check_name(home: Home, name: str) -> None:
    """Raises FinderError for a name that no new model can have (lane LOOK)."""
    from finder.core.models.importing.model_import import require_name

    require_name(home, name)


def _images(look: SampleMatches) -> dict[Path, QImage]:
    """Small, for the window."""
    near = (path for found in look.neighbours for path, _ in found.nearest)
    paths = {*near, *(found.picture for found in look.neighbours)}
    return {path: load_picture(str(path), _THUMB_SIDE) for path in paths}


def _next(names: SimpleQueue[str], stop: CancelToken) -> str:
    while True:
        stop.check()
        try:
            return names.get(timeout=_LOOK_EVERY)
        except Empty:
            continue
