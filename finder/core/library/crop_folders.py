"""The folders of the library whose pictures have crops in the index (`models.crops`), and removing
the crops of pictures that are in none of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.records import LOCAL_PATH, below
from finder.core.models.crops import is_crops, with_crops
from finder.core.pictures.scan import is_within, is_within_any, outermost

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.spec import ModelSpec

_KEY = "folders with crops"


def crop_folders(catalogue: Catalogue) -> tuple[str, ...]:
    """The folders for which the user has asked for crops. What is inside them has crops, too."""
    kept, known = catalogue.settings.get(_KEY, []), set(catalogue.folders.paths())
    listed = kept if isinstance(kept, list) else []
    return tuple(sorted(folder for folder in listed if folder in known))


def companions_for(
    specs: Sequence[ModelSpec], folders: Iterable[str], with_crops_in: Iterable[str]
) -> list[ModelSpec]:
    """The models for a run over these folders: with their companions where it may find pictures in
    folders with crops."""
    inside = list(with_crops_in)
    if any(crops_below(folder, inside) for folder in folders):
        return with_crops(specs)
    return list(specs)


def crops_below(folder: str, with_crops_in: Iterable[str]) -> list[str]:
    """Where in a folder pictures have crops: all of it, or folders inside it, or nowhere."""
    kept = list(with_crops_in)
    if is_within_any(folder, kept):
        return [folder]
    return outermost([one for one in kept if is_within(one, folder)])


def add_crops(catalogue: Catalogue, folders: Iterable[str]) -> None:
    """From now on the pictures of these folders have crops: the next run makes them. A folder that
    is not in the library is added. Does not commit."""
    added = list(folders)
    for folder in added:
        catalogue.folders.add(folder)
    _put(catalogue, {*crop_folders(catalogue), *added})


def remove_crops(writer: LibraryWriter, folders: Iterable[str]) -> int:
    """The pictures of these folders have no crops any more, unless they are in another folder that
    has. Returns how many lose theirs. Raises FinderError where a folder is inside one with
    crops."""
    catalogue = writer.catalogue
    gone = set(folders)
    kept = set(crop_folders(catalogue)) - gone
    for folder in sorted(gone):
        outer = next((one for one in sorted(kept) if is_within(folder, one)), None)
        if outer is not None:
            raise FinderError(
                tr("{folder} is inside {outer}, whose pictures have crops.").format(
                    folder=folder, outer=outer
                ),
                tr("Switch them off there: image-finder index {outer} --no-crops").format(
                    outer=outer
                ),
            )
    with catalogue.transaction():
        _put(catalogue, kept)
    return writer.removals.remove_unwanted_crops()


def move_crops(catalogue: Catalogue, old: str, new: str) -> None:
    """The crops of a folder that has moved follow it. Does not commit."""
    before = crop_folders(catalogue)
    if old in before and not is_within_any(new, before):
        add_crops(catalogue, [new])


def forget_crops(catalogue: Catalogue, folder: str) -> None:
    """A folder leaves the library. Does not commit."""
    before = crop_folders(catalogue)
    if folder in before:
        _put(catalogue, set(before) - {folder})


def unwanted_crops(catalogue: Catalogue) -> dict[str, list[int]]:
    """For each companion the pictures that have its vector and are in no folder with crops. Those
    that another machine shows, too, are kept: it may have asked for them."""
    found: dict[str, list[int]] = {}
    wanted: set[int] | None = None
    for name in filter(is_crops, catalogue.models.states()):
        pictures: list[int] = catalogue.embeddings.pictures(name).tolist()
        if pictures and wanted is None:
            wanted = _with_crops_here(catalogue) | _elsewhere(catalogue)
        left = [picture for picture in pictures if picture not in (wanted or ())]
        if left:
            found[name] = left
    return found


def _with_crops_here(catalogue: Catalogue) -> set[int]:
    pictures = set[int]()
    for folder in outermost(list(crop_folders(catalogue))):
        where, bounds = below(folder)
        rows = catalogue.connection.execute(
            f"SELECT picture FROM file WHERE {where} AND picture NOT NULL", bounds
        )
        pictures.update(picture for (picture,) in rows)
    return pictures


def _elsewhere(catalogue: Catalogue) -> set[int]:
    local = LOCAL_PATH.format(path="path")
    rows = catalogue.connection.execute(
        f"SELECT picture FROM file WHERE picture NOT NULL AND NOT {local}"
    )
    return {picture for (picture,) in rows}


def _put(catalogue: Catalogue, folders: Iterable[str]) -> None:
    catalogue.settings.put(_KEY, sorted(folders))
