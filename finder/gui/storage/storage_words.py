"""Where the vectors are, and what a server is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn
from finder.gui.common.formatting import local_time

if TYPE_CHECKING:
    from finder.core.library.server.connection_test import ServerFacts
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.sending import SendProgress
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import StoreSettings
    from finder.use_cases.library.vector_store import StoreStatus


def place_sentence(settings: StoreSettings, folder: str, version: str) -> str:
    """Below “In the library's folder” or the server's address. version: empty if it is not known,
    and neither are the machines."""
    address = settings.address
    if address is None:
        return folder
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
        rows.append([titles.get(name, name), *texts])
    return rows


def machine_rows(status: StoreStatus) -> list[list[str]]:
    rows = []
    for name, machine in sorted(status.machines.items()):
        shown = name
        if name == status.settings.machine:
            shown = tr("{name} (this machine)").format(name=name)
        seen = tr("last seen {time}").format(time=local_time(machine.seen))
        rows.append([shown, trn("{n} picture", "{n} pictures", machine.pictures), seen])
    return rows


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
