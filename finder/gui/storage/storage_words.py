"""Where the vectors are, and what a server is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.formatting import breakable, file_size, left_to_right, local_time

if TYPE_CHECKING:
    from finder.core.library.server.connection_test import ServerFacts
    from finder.core.library.server.machines import Machine
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.sending import SendProgress
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import StoreSettings
    from finder.gui.storage.background_sync import SyncState
    from finder.use_cases.library.vector_store import StoreStatus


def place_sentence(settings: StoreSettings, folder: str, version: str) -> str:
    """Below “In the library's folder” or the server's address. version: empty if it is not known,
    and neither are the machines."""
    address = settings.address
    if address is None:
        return left_to_right(breakable(printable(folder)))
    parts = [
        tr("Library “{name}”").format(name=address.library),
        tr("database “{name}”").format(name=address.database),
        tr("Milvus {version}").format(version=version)
        if version
        else tr("this machine is “{name}”").format(name=settings.machine),
    ]
    return ", ".join(parts)


def vector_rows(status: StoreStatus, titles: Mapping[str, str]) -> list[list[str]]:
    """For each model: its title and its counts. titles: by the names of the models."""
    rows = []
    for name in sorted({*status.vectors, *status.here}, key=lambda name: titles.get(name, name)):
        here = status.here.get(name, 0)
        texts = [trn("{n} vector", "{n} vectors", here)]
        if status.settings.is_server:
            texts = [tr("{n:,} known here").format(n=here)]
            if name in status.vectors:
                texts.insert(0, tr("{n:,} on the server").format(n=status.vectors[name]))
        rows.append([printable(titles.get(name, name)), *texts])
    return rows


def sync_sentence(state: SyncState) -> str:
    """How following the other machines goes."""
    if state.succeeded is None and state.problem is None:
        return tr("Changes are exchanged every two minutes, and by each run of indexing.")
    time = local_time(state.succeeded) if state.succeeded is not None else ""
    if state.problem is None:
        return tr("Changes were last exchanged {time}.").format(time=time)
    if not time:
        return tr("No changes could be exchanged yet: {why}").format(why=state.problem.title)
    return tr("Changes were last exchanged {time}; since then: {why}").format(
        time=time, why=state.problem.title
    )


def machine_facts(machine: Machine, this: str) -> list[str]:
    """Its name, how many pictures it has, and when it was last there. this: this machine's name."""
    name = machine.name
    if name == this:
        name = tr("{name} (this machine)").format(name=name)
    pictures = trn("{n} picture", "{n} pictures", machine.pictures)
    return [name, pictures, machine.last_seen(datetime.now(UTC))]


def index_rows(status: StoreStatus, titles: Mapping[str, str]) -> list[list[str]]:
    """For each model on the server: its title, the number of its vectors there, and its index; with
    their precision where it is not float32."""
    return [
        [
            printable(titles.get(name, name)),
            trn("{n} vector", "{n} vectors", status.vectors.get(name, 0)),
            ", ".join(
                filter(None, [status.precisions.get(name), status.indexes[name] or tr("no index")])
            ),
        ]
        for name in sorted(status.indexes, key=lambda name: titles.get(name, name))
    ]


def index_choices() -> dict[str, tuple[str, str]]:
    """For each type of index: its name, and what it means."""
    return {
        "SIZE": (
            tr("By the number of vectors"),
            tr("FLAT up to 20,000 vectors, IVF_FLAT above: the right choice for most libraries."),
        ),
        "FLAT": ("FLAT", tr("Compares every vector: misses nothing, slow for millions.")),
        "IVF_FLAT": ("IVF_FLAT", tr("Compares an eighth of the vectors; may miss a few matches.")),
        "HNSW": (
            "HNSW",
            tr("Follows a graph: the fastest for millions, takes more of the server’s memory."),
        ),
        "AUTOINDEX": ("AUTOINDEX", tr("As the server decides; the only one on Zilliz Cloud.")),
    }


def mirror_words(size: int) -> dict[bool, tuple[str, str]]:
    """With and without a copy of all vectors: what it is called, and what it means. size: of the
    copy, in bytes; 0 if it is not known."""
    keeps = tr(
        "Searches run here: exact, over the pictures of all machines, also while the server is "
        "away."
    )
    if size:
        keeps += " " + tr("The vectors take {size} on the disk.").format(size=file_size(size))
    return {
        True: (tr("Keep a copy of all vectors on this computer"), keeps),
        False: (
            tr("Search on the server"),
            tr(
                "No vectors are kept here. Searches need the server; the library’s page shows the "
                "pictures of this machine only."
            ),
        ),
    }


def tested_words(address: ServerAddress, facts: ServerFacts) -> tuple[str, str]:
    """(that it works, what it holds of the library)."""
    title = tr("{server} can be used: Milvus {version}, {n:.0f} ms for a question.").format(
        server=address.shown, version=facts.version, n=facts.milliseconds
    )
    return title, _holding(address, facts)


def _holding(address: ServerAddress, facts: ServerFacts) -> str:
    if not facts.collections:
        return tr("It holds no library “{name}” yet.").format(name=address.library)
    rows = sum(rows or 0 for rows in facts.collections.values())
    number = trn("{n} collection", "{n} collections", len(facts.collections))
    parts = [number, trn("{n} row", "{n} rows", rows)] if rows else [number]
    return tr("It holds a library “{name}”: {parts}.").format(
        name=address.library, parts=", ".join(parts)
    )


def progress_words(progress: SendProgress) -> str:
    return tr("{doing}: {done:,} of {total:,}").format(
        doing=progress.doing, done=progress.done, total=progress.total
    )


def pulled_words(pulled: Pulled) -> str:
    if not pulled.files and not pulled.gone:
        return tr("Everything is up to date.")
    return tr("From other machines: {files} new or changed, {gone} removed.").format(
        files=trn("{n} file", "{n} files", pulled.files), gone=f"{pulled.gone:,}"
    )
