"""Installs a model of the catalogue: downloads or reads its files, verifies them, truncates the
picture tower at the feature, and adds it to the library. To an installed model that the catalogue
now has words for, only those are added."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.models.downloads.offered_files import total_size
from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import (
    TEXT_FILE,
    add_model,
    add_text_tower,
    require_name_free,
)
from finder.core.models.runtime.known_files import note_known, note_text_known
from finder.core.web.download import Steps, download, read_verified, run_step
from finder.core.web.http_response import DEFAULT_TIMEOUTS, Timeouts
from finder.core.web.partial_file import (
    PartialFile,
    remove_other_partial_files,
    remove_partial_file,
)
from finder.core.web.remote_file import DownloadProgress, Stage

if TYPE_CHECKING:
    import onnx

    from finder.core.models.downloads.offers import Offer
    from finder.core.models.spec import ModelSpec, TextSpec
    from finder.core.paths import Home
    from finder.core.web.remote_file import RemoteFile

Paths = Mapping[str, Path]
"""The verified files of an offer, by SHA-256."""


def install(
    home: Home,
    offer: Offer,
    given: Sequence[Path] = (),
    executor: Executor | None = None,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> Generator[DownloadProgress]:
    """Download an offered model, or take the user's own copies of all its files, and add it to the
    library. The last step's stage is DONE.

    Cancelling is closing the generator: the partial files are kept, and the next
    download continues from there. executor: runs the long steps, so that the generator yields at
    least every 0.1 s. Raises FinderError.
    """
    installed = lacks_words(home, offer)
    if installed is None:
        require_name_free(home, offer.spec.name)
    files = needed_files(home, offer)
    if given:
        paths = yield from _given(offer, files, given)
    else:
        paths = yield from _downloaded(home, files, executor, timeouts)
    now = DownloadProgress(Stage.PREPARING)
    yield now
    keep = (
        partial(_keep_words, home, offer, installed) if installed else partial(_keep, home, offer)
    )
    yield from run_step(executor, partial(keep, paths), now)
    for file in files:
        with suppress(OSError):  # `tidy_downloads` tries again
            remove_partial_file(home.downloads, file.sha256)
    yield DownloadProgress(Stage.DONE)


def tidy_downloads(home: Home, offers: Iterable[Offer]) -> None:
    """Delete partial files of models that are no longer offered, or are installed by now."""
    wanted = (file.sha256 for offer in offers for file in needed_files(home, offer))
    remove_other_partial_files(home.downloads, wanted)


def needed_files(home: Home, offer: Offer) -> tuple[RemoteFile, ...]:
    """What is still to be downloaded: nothing for a model that is installed, with its words."""
    if not (home.models / offer.spec.name).exists():
        return offer.files
    return offer.text_files if lacks_words(home, offer) else ()


def lacks_words(home: Home, offer: Offer) -> ModelSpec | None:
    """The installed model to which the offer only adds its text tower, if there is one."""
    try:
        installed = load_spec(home.models / offer.spec.name)
    except FinderError:
        return None
    return installed if offer.adds_words_to(installed) else None


# The files


def _downloaded(
    home: Home, files: Sequence[RemoteFile], executor: Executor | None, timeouts: Timeouts
) -> Steps[Paths]:
    """They stay in the folder of downloads, complete and verified."""
    paths: dict[str, Path] = {}
    done, total = 0, total_size(files) if len(files) > 1 else None
    for file in files:
        steps = download(file, home.downloads, executor, timeouts)
        done += yield from _as_part(steps, done, total)
        paths[file.sha256] = PartialFile(home.downloads, file.sha256).path
    return paths


def _as_part(steps: Steps[bytes], before: int, total: int | None) -> Steps[int]:
    """The steps of one of several files, with the bytes of all; returns how many it has. before:
    those of earlier files."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return len(end.value)
        if total is not None and step.stage is Stage.LOADING:
            step = replace(step, done=before + step.done, total=total)
        try:
            yield step
        except GeneratorExit:
            steps.close()
            raise


def _given(offer: Offer, files: Sequence[RemoteFile], given: Sequence[Path]) -> Steps[Paths]:
    """Which of the user's files is which. Raises FinderError unless all are there."""
    paths: dict[str, Path] = {}
    for file in files:
        for path in given:
            if (yield from _is_same(path, file)):
                paths[file.sha256] = path
                break
    missing = [file for file in files if file.sha256 not in paths]
    if missing:
        raise _not_among(offer, missing, given)
    return paths


def _is_same(path: Path, file: RemoteFile) -> Steps[bool]:
    try:
        if path.is_file() and file.size not in (None, path.stat().st_size):
            return False
        content = yield from read_verified(
            path,
            file.sha256,
            file.max_size,
            lambda done, total: DownloadProgress(Stage.CHECKING, "", done, total),
        )
    except OSError as error:
        raise FinderError(
            tr("{file} cannot be read: {why}.").format(file=path, why=error.strerror or error),
            tr("Choose the model's own file."),
        ) from error
    return content is not None


def _not_among(offer: Offer, missing: Sequence[RemoteFile], given: Sequence[Path]) -> FinderError:
    title = offer.spec.title
    if len(given) == 1 and len(offer.files) == 1:
        sentence = tr("{file} is not the file of {title} that the catalogue describes.")
        hint = tr("Its SHA-256 must be {sha256}.").format(sha256=missing[0].sha256)
        return FinderError(sentence.format(file=given[0].name, title=title), hint)
    return FinderError(
        trn(
            "{title} is made of {all} files, and {n} of them is not among these.",
            "{title} is made of {all} files, and {n} of them are not among these.",
            len(missing),
            title=title,
            all=len(offer.files),
        ),
        tr("Give all of them at once. What is missing: {addresses}").format(
            addresses=", ".join(file.urls[0] for file in missing)
        ),
    )


# Adding them


def _keep(home: Home, offer: Offer, paths: Paths) -> None:
    from finder.core.models.graph.truncation import OUTPUT, truncate

    model = _parsed(paths, offer.file)
    size = offer.spec.input.height, offer.spec.input.width
    truncated = truncate(model, offer.feature(model.graph), size)
    if truncated.input != offer.spec.input.name or truncated.dimension != offer.spec.dimension:
        raise offer.mismatch()
    with TemporaryDirectory() as folder:
        text = _text(offer, paths, Path(folder))
        spec = replace(offer.spec, output=OUTPUT, text=text)
        installed = add_model(home, spec, truncated.content)
        note_known(home, installed)
        note_text_known(home, installed)


def _keep_words(home: Home, offer: Offer, installed: ModelSpec, paths: Paths) -> None:
    with TemporaryDirectory() as folder:
        text = _text(offer, paths, Path(folder))
        if text is not None:
            note_text_known(home, add_text_tower(installed, text))


def _text(offer: Offer, paths: Paths, folder: Path) -> TextSpec | None:
    """The text tower, with its files where they are now. folder: for what is cut out of a file that
    has both towers."""
    text = offer.spec.text
    if text is None or offer.text is None:
        return None
    tokenizer = paths[offer.text.tokenizer.sha256]
    if offer.text.tower is not None:
        return replace(text, file=paths[offer.text.tower.sha256], tokenizer=tokenizer)
    return replace(_cut_out(text, _parsed(paths, offer.file), folder), tokenizer=tokenizer)


def _cut_out(text: TextSpec, both: onnx.ModelProto, folder: Path) -> TextSpec:
    """The text tower alone, of a model with both towers. Raises FinderError."""
    from finder.core.models.importing.text_inspection import text_part

    content, file = text_part(both, text.output).SerializeToString(), folder / TEXT_FILE
    try:
        file.write_bytes(content)
    except OSError as error:
        raise FinderError(
            tr("The model could not be saved in {folder}: {why}.").format(folder=folder, why=error),
            tr("Free some space, or check the folder's permissions, and try again."),
        ) from error
    return replace(text, file=file, sha256=hashlib.sha256(content).hexdigest())


def _parsed(paths: Paths, file: RemoteFile) -> onnx.ModelProto:
    """The bytes that are parsed are those whose SHA-256 is verified: no other care is needed then.
    Raises FinderError."""
    import onnx

    path = paths[file.sha256]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FinderError(
            tr("{file} cannot be read: {why}.").format(file=path, why=error.strerror or error),
            tr("Try again."),
        ) from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FinderError(
            tr("{file} has changed while it was installed.").format(file=path), tr("Try again.")
        )
    model: onnx.ModelProto = onnx.ModelProto.FromString(content)
    return model
