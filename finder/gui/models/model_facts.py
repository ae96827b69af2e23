"""The facts about a model, and the progress of a download, as text."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from finder.core.i18n import tr, trn
from finder.core.models.downloads.offered_files import total_size
from finder.core.printable import printable
from finder.core.web.remote_file import DownloadProgress, Stage
from finder.gui.common.formatting import file_size

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.downloads.offers import Offer
    from finder.core.models.spec import InputSpec, ModelSpec
    from finder.core.web.remote_file import RemoteFile
    from finder.use_cases.models.model_speed import Speed
    from finder.use_cases.models.models_overview import ModelEntry


class Fact(StrEnum):
    """In the order in which they are shown."""

    INDEXED = "indexed"
    VECTORS = "vectors"
    SPEED = "speed"
    DIMENSION = "dimension"
    INPUT = "input"
    WORDS = "words"
    FILE = "file"
    DOWNLOAD = "download"
    LICENCE = "licence"
    SOURCE = "source"


def fact_title(fact: Fact) -> str:
    return {
        Fact.INDEXED: tr("Indexed"),
        Fact.VECTORS: tr("Vectors"),
        Fact.SPEED: tr("Speed"),
        Fact.DIMENSION: tr("Dimension"),
        Fact.INPUT: tr("Input"),
        Fact.WORDS: tr("Words"),
        Fact.FILE: tr("File"),
        Fact.DOWNLOAD: tr("Download"),
        Fact.LICENCE: tr("Licence"),
        Fact.SOURCE: tr("Source"),
    }[fact]


def facts_of(entry: ModelEntry, pictures: int) -> dict[Fact, str]:
    """The facts that are known of a model, as text."""
    facts: dict[Fact, str] = {}
    usage, offer = entry.usage, entry.offer
    if offer is not None and offer.text is not None:
        facts[Fact.WORDS] = tr("understood")
    if entry.words is not None:
        size = size_of_files(entry.words.text_files)
        facts[Fact.WORDS] = tr("can be added: {size}; nothing is indexed again").format(size=size)
    if entry.takes_words:
        facts[Fact.WORDS] = tr("not understood")
    if entry.spec is not None:
        facts |= _kind(entry.spec)
        facts[Fact.SPEED] = _speed(entry.speed)
    if usage is not None:
        facts[Fact.INDEXED] = _indexed(usage, pictures)
        if usage.vector_bytes:
            facts[Fact.VECTORS] = tr("{size} on disk").format(size=file_size(usage.vector_bytes))
        if usage.file_bytes and not entry.is_baseline:
            facts[Fact.FILE] = file_size(usage.file_bytes)
        if usage.text_bytes:
            size = file_size(usage.text_bytes)
            facts[Fact.WORDS] = tr("understood; {size} of the files are for them").format(size=size)
    if offer is not None:
        facts |= _kind(offer.spec)
        facts[Fact.DOWNLOAD] = _download(offer, entry.downloaded)
    return facts


def state_of(entry: ModelEntry, pictures: int) -> str:
    """A short text beside the title in the list."""
    if entry.offer is not None:
        return size_of(entry.offer)
    if entry.spec is None:
        return tr("cannot be used")
    missing = entry.missing(pictures)
    if entry.usage is None or not pictures or missing == pictures:
        return ""
    if entry.usage.failed:
        return tr("{n:,} failed").format(n=entry.usage.failed)
    if not missing:
        return tr("all indexed")
    return tr("{n:,} of {total:,}").format(n=pictures - missing, total=pictures)


def size_of(offer: Offer) -> str:
    return size_of_files(offer.files)


def size_of_files(files: Sequence[RemoteFile]) -> str:
    size = file_size(total_size(files))
    return size if all(file.size for file in files) else tr("up to {size}").format(size=size)


def hosts_of(files: Sequence[RemoteFile]) -> str:
    """The servers that have the files."""
    urls = [url for file in files for url in file.urls]
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in urls)
    return reduce(lambda one, other: tr("{one} or {other}").format(one=one, other=other), hosts)


def progress_text(step: DownloadProgress) -> str:
    """What a download is doing now."""
    if step.stage is Stage.CONNECTING:
        return (
            tr("Connecting to {host} …").format(host=step.host) if step.host else tr("Starting …")
        )
    if step.stage is Stage.CHECKING:
        return tr("Checking …")
    if step.stage is Stage.LOADING:
        done = f"{step.done / 1e6:,.1f}"
        if step.total is None:
            return tr("{done} MB downloaded from {host}").format(done=done, host=step.host)
        total = f"{step.total / 1e6:,.1f}"
        return tr("{done} of {total} MB from {host}").format(done=done, total=total, host=step.host)
    return tr("Preparing the model …")


def _kind(spec: ModelSpec) -> dict[Fact, str]:
    facts = {
        Fact.DIMENSION: f"{spec.dimension:,}",
        Fact.LICENCE: printable(spec.licence),
        Fact.SOURCE: printable(spec.source),
    }
    if spec.metrics == ("hamming",):
        facts[Fact.DIMENSION] = trn("{n} bit", "{n} bits", spec.dimension)
    return facts | {Fact.INPUT: _input(spec.input)}


def _input(given: InputSpec) -> str:
    text = {
        "squash": tr("{width} × {height} pixels, the whole picture, squashed"),
        "crop": tr("{width} × {height} pixels, the middle of the picture"),
        "crop-rounded": tr("{width} × {height} pixels, the middle of the picture"),
        "pad": tr("{width} × {height} pixels, the whole picture, with bars"),
    }[given.resize]
    return text.format(width=given.width, height=given.height)


def _indexed(usage: ModelUsage, pictures: int) -> str:
    share = _share(usage.indexed, pictures)
    if not usage.failed:
        return share
    if not usage.fails_mostly:
        return trn(
            "{share}; it could not use {n} picture (see the skipped files)",
            "{share}; it could not use {n} pictures (see the skipped files)",
            usage.failed,
            share=share,
        )
    return trn(
        "{share}; it could not use {n} picture (see the skipped files) and was switched off",
        "{share}; it could not use {n} pictures (see the skipped files) and was switched off",
        usage.failed,
        share=share,
    )


def _share(indexed: int, pictures: int) -> str:
    if not pictures:
        return tr("the library has no pictures yet")
    if indexed >= pictures:
        return trn("the library's {n} picture", "all {n} pictures", pictures)
    return tr("{n:,} of {total:,} pictures").format(n=indexed, total=pictures)


def _speed(speed: Speed | None) -> str:
    if speed is None:
        return tr("not measured yet")
    return trn(
        "{one:,.1f} pictures/s, {all:,.1f} on {n} core",
        "{one:,.1f} pictures/s, {all:,.1f} on {n} cores",
        speed.cores,
        one=speed.single,
        all=speed.all_cores,
    )


def _download(offer: Offer, downloaded: int) -> str:
    text = tr("{size} from {host}")
    if downloaded:
        text = tr("{size} from {host}; {come} already downloaded")
    size, host = size_of(offer), hosts_of(offer.files)
    return text.format(size=size, host=host, come=file_size(downloaded))
