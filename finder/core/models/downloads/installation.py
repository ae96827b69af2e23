"""Installs a model of the catalogue: downloads or reads its files, verifies them, truncates the
picture tower at the feature, and adds it to the library."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.model_folders import add_model, require_name_free
from finder.core.models.runtime.known_files import note_known
from finder.core.web.download import Steps, download, read_verified, run_step
from finder.core.web.http_response import DEFAULT_TIMEOUTS, Timeouts
from finder.core.web.partial_file import remove_other_partial_files, remove_partial_file
from finder.core.web.remote_file import DownloadProgress, Stage

if TYPE_CHECKING:
    import onnx

    from finder.core.models.downloads.offers import Offer
    from finder.core.paths import Home


def install(
    home: Home,
    offer: Offer,
    file: Path | None = None,
    executor: Executor | None = None,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> Generator[DownloadProgress]:
    """Download an offered model, or take the user's own copy of its file, and add it to the
    library. The last step's stage is DONE.

    Cancelling is closing the generator: the partial file is kept, and the next
    download continues from there. executor: runs the long steps, so that the generator yields at
    least every 0.1 s. Raises FinderError.
    """
    require_name_free(home, offer.spec.name)
    if file is None:
        content = yield from download(offer.file, home.downloads, executor, timeouts)
    else:
        content = yield from _given(offer, file)
    now = DownloadProgress(Stage.PREPARING)
    yield now
    model = yield from run_step(executor, partial(_parsed, content), now)
    del content  # hundreds of megabytes
    yield from run_step(executor, partial(_keep, home, offer, model), now)
    with suppress(OSError):  # `tidy_downloads` tries again
        remove_partial_file(home.downloads, offer.file.sha256)
    yield DownloadProgress(Stage.DONE)


def tidy_downloads(home: Home, offers: Iterable[Offer]) -> None:
    """Delete partial files of models that are no longer offered, or are installed by now."""
    wanted = (file for offer in offers for file in needed_files(home, offer))
    remove_other_partial_files(home.downloads, (file.sha256 for file in wanted))


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


def _given(offer: Offer, file: Path) -> Steps[bytes]:
    try:
        content = yield from read_verified(
            file,
            offer.file.sha256,
            offer.file.max_size,
            lambda done, total: DownloadProgress(Stage.CHECKING, "", done, total),
        )
    except OSError as error:
        raise FinderError(
            tr("{file} cannot be read: {why}.").format(file=file, why=error.strerror or error),
            tr("Choose the model's own file."),
        ) from error
    if content is None:
        raise FinderError(
            tr("{file} is not the file of {title} that the catalogue describes.").format(
                file=file.name, title=offer.spec.title
            ),
            tr("Its SHA-256 must be {sha256}.").format(sha256=offer.file.sha256),
        )
    return content


def _parsed(content: bytes) -> onnx.ModelProto:
    """The SHA-256 was verified: no other care is needed to parse them."""
    import onnx

    model: onnx.ModelProto = onnx.ModelProto.FromString(content)
    return model


def _keep(home: Home, offer: Offer, model: onnx.ModelProto) -> None:
    from finder.core.models.graph.truncation import OUTPUT, truncate

    size = offer.spec.input.height, offer.spec.input.width
    truncated = truncate(model, offer.feature(model.graph), size)
    if truncated.input != offer.spec.input.name or truncated.dimension != offer.spec.dimension:
        raise offer.mismatch()
    note_known(home, add_model(home, replace(offer.spec, output=OUTPUT), truncated.content))
