"""Trying an import in the window: the use case, with the sample pictures as images."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from finder.jobs.images import load_picture
from finder.use_cases.models.import_model import ImportTrial, try_import, wait_for_name

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.models.graph.truncation import Feature
    from finder.core.models.importing.inspection import Inspection
    from finder.core.models.importing.text_inspection import TextChoice
    from finder.core.paths import Home
    from finder.core.search.sample_matches import SampleMatches

_THUMB_SIDE = 240  # pixels


@dataclass(frozen=True)
class ImportPreview(ImportTrial):
    """images: of the pictures among the matches, by path."""

    images: Mapping[Path, QImage] = field(default_factory=dict)


def preview_import(
    home: Home,
    findings: Inspection,
    feature: Feature,
    preset: str,
    text: TextChoice | None,
    names: SimpleQueue[str],
    token: CancelToken,
) -> Generator[ImportPreview]:
    """`try_import` (lane IMPORT); the model is added under the name that comes through the queue,
    also where its words do not fit: the user sees that before. text: its text tower. Raises
    FinderError, Cancelled."""
    from finder.core.models.importing.model_import import ImportChoice, free_name

    file, known = findings.file, findings.known
    choice = ImportChoice(
        file, findings.image, feature, preset, free_name(home, file, known), known, text
    )
    choose_name = partial(wait_for_name, names, token)
    for trial in try_import(home, choice, choose_name, token, force=True):
        images = _images(trial.matches) if trial.matches else {}
        yield ImportPreview(trial.matches, trial.batch_free, trial.added, images)


def _images(matches: SampleMatches) -> dict[Path, QImage]:
    nearest = (path for found in matches.neighbours for path, _ in found.nearest)
    paths = {*nearest, *(found.picture for found in matches.neighbours)}
    return {path: load_picture(str(path), _THUMB_SIDE) for path in paths}
