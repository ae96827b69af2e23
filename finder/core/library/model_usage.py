"""What a library stores for each model, and how a model is removed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.availability import is_offline, offline_folders
from finder.core.library.catalogue.tables.failure_table import fails_mostly
from finder.core.library.vectors.store import backend_of
from finder.core.models.crops import crops_name, without_crops
from finder.core.models.model_folders import remove_model_folder
from finder.core.models.runtime.trial_records import forget_trials
from finder.core.writer_lock import WriterLock

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.registry import BrokenModel
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home


@dataclass(frozen=True)
class ModelUsage:
    """One model in a library. folder: of an added model; None for one that ships, or whose
    folder is gone. indexed: how many pictures it has embedded; failed: how many it could not
    embed. file_bytes, vector_bytes: what the
    model and its vectors take on the disk; text_bytes: how much of the model is for words. sha256:
    of its file; empty if unknown."""

    name: str
    title: str
    folder: Path | None
    sha256: str
    indexed: int
    file_bytes: int
    vector_bytes: int
    failed: int = 0
    text_bytes: int = 0

    @property
    def fails_mostly(self) -> bool:
        """Whether it could not use most of the pictures, and so was switched off."""
        return fails_mostly(self.indexed + self.failed, self.failed)


def model_usages(
    home: Home,
    catalogue: Catalogue | None,
    installed: Sequence[ModelSpec],
    broken: Sequence[BrokenModel] = (),
) -> dict[str, ModelUsage]:
    """Every model by its name: the installed ones, then those that cannot be used, then those that
    only the catalogue lists. catalogue: None where there is no library yet."""
    states = catalogue.models.states() if catalogue else {}
    counts = catalogue.embeddings.counts() if catalogue else {}
    failures = catalogue.failures.counts() if catalogue else {}
    found: dict[str, ModelUsage] = {}

    def add(
        name: str,
        title: str,
        folder: Path | None,
        sha256: str,
        file_bytes: int,
        text_bytes: int = 0,
    ) -> None:
        if name not in found:
            kept = [states[one] for one in (name, crops_name(name)) if one in states]
            stored = sum(vector_bytes(home, state) for state in kept)
            indexed, failed = counts.get(name, 0), failures.get(name, 0)
            found[name] = ModelUsage(
                name, title, folder, sha256, indexed, file_bytes, stored, failed, text_bytes
            )

    for spec in installed:
        folder = spec.file.parent if is_added(home, spec.file.parent) else None
        of_text = sum(map(_size, text_files(spec)))
        whole = _size(spec.file) + of_text
        add(spec.name, spec.title, folder, spec.sha256, whole, of_text)
    for model in broken:
        if is_added(home, model.folder):
            add(model.folder.name, model.folder.name, model.folder, "", _size(model.folder))
    for state in without_crops(states).values():
        add(state.name, state.name, None, state.sha256, 0)
    return found


def text_files(spec: ModelSpec) -> list[Path]:
    """The files of its text tower; none for a model that does not understand words."""
    return [spec.text.file, spec.text.tokenizer] if spec.text else []


def is_added(home: Home, folder: Path) -> bool:
    """Whether the user added the model of this folder; else it ships with the program."""
    return folder.parent == home.models


def vector_bytes(home: Home, state: ModelState) -> int:
    """What a model's vectors take on the disk: in the vector store and in the matrix."""
    in_matrix = sum(_size(path) for path in home.nearest.glob(f"{state.key}-*.*"))
    return in_matrix + backend_of(home).disk_bytes(state)


def remove_model(home: Home, usage: ModelUsage, holder: str = "") -> None:
    """Remove an added model: its vectors, its entries in catalogue and settings, its folder, and
    the record of its trial. No other model's vectors are touched.

    Its folder is removed first: if that fails, nothing is lost. Then it is removed from the
    catalogue in one transaction; what a crash leaves after that is deleted by the next writer.
    Raises FinderError: busy, or a disk error.
    """
    from finder.core.library.writer import LibraryWriter

    try:
        if home.catalogue.is_file():
            with LibraryWriter(home, holder) as writer:
                remove_model_folder(home, usage.name, usage.folder)
                writer.removals.forget_model(usage.name)
                writer.store.drop_unknown()
        else:
            with WriterLock(home, holder):
                remove_model_folder(home, usage.name, usage.folder)
    except OSError as error:
        raise FinderError(
            tr("The model {title} cannot be removed: {why}.").format(
                title=usage.title, why=error.strerror or error
            ),
            tr("Check the permissions of {folder}, then try again.").format(folder=home.models),
        ) from error
    if usage.sha256:
        forget_trials(home, usage.sha256)


def drop_for_reindexing(writer: LibraryWriter, model: str) -> int:
    """Remove a model's vectors, also of crops, so that the next run computes them again and retries
    what the model has failed on. Returns the number of pictures.

    Those of pictures on an offline drive are kept: they could not be computed now.
    """
    catalogue = writer.catalogue
    offline = offline_folders(catalogue.folders.states())
    dropped = 0
    for name in (crops_name(model), model):
        pictures: list[int] = catalogue.embeddings.pictures(name).tolist()
        if offline:
            pictures = _reachable(catalogue, pictures, offline)
        with catalogue.transaction():
            catalogue.failures.remove_of(name)
        writer.removals.remove_vectors(name, pictures)
        dropped = len(pictures)
    return dropped


def _reachable(
    catalogue: Catalogue, pictures: Sequence[int], offline: Collection[str]
) -> list[int]:
    known = catalogue.pictures.get(pictures)
    return [p for p in pictures if p in known and not is_offline(known[p].paths, offline)]


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    total = 0
    with suppress(OSError):
        total = path.stat().st_size if path.is_file() else 0
        for below in path.rglob("*"):
            with suppress(OSError):  # a file that the running writer has just deleted
                total += below.stat().st_size if below.is_file() else 0
    return total
