"""`image-finder store`: where the vectors are, and moving them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from finder.cli.output.output import say, show, show_lines
from finder.cli.parsers import Commands, Parser, add_command
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.sending import SendProgress
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import Precision, StoreSettings
    from finder.core.paths import Home
    from finder.use_cases.library.vector_store import StoreStatus

_EMBEDDED = "embedded"
_HOLDER = "image-finder store"


def add_store(commands: Commands) -> None:
    summary = tr("Show or choose where the vectors are: in the library's folder, or on a server.")
    more = tr("A Milvus server or Zilliz Cloud can be shared by several machines.")
    parser = add_command(commands, "store", summary, more, handler=status)
    actions = parser.add_subparsers(title=tr("actions"), metavar=tr("ACTION"))
    use = add_command(
        actions,
        "use",
        tr("Keep the vectors on a server, or in the library's folder again (“embedded”)."),
        tr("What is here is sent first. What is on the server stays there."),
        use_store,
    )
    _add_server(use, tr("its address, as http://host:19530; or “embedded”"))
    use.add_argument("--machine", metavar="NAME", help=tr("this machine's name for the others"))
    _add_precision(use)
    test = add_command(actions, "test", tr("Try a server, or the one in use."), handler=test_store)
    _add_server(test, tr("its address (default: the one in use)"), "?")
    copy = add_command(
        actions,
        "copy",
        tr("Send everything to a server, and stay where it is."),
        tr("From a server, “--to embedded” puts a copy into the library's folder."),
        copy_store,
    )
    _add_server(copy, tr("its address; or “embedded”"), option="--to")
    copy.add_argument("--verify", action="store_true", help=tr("compare every vector afterwards"))
    _add_precision(copy)
    add_command(
        actions,
        "sync",
        tr("Exchange with the other machines what has changed."),
        tr("Each run of “index” does so, too."),
        synchronise,
    )
    mirror = add_command(
        actions,
        "mirror",
        tr("Keep a copy of all vectors on this machine (on), or search on the server (off)."),
        tr("With it, searching is exact, as fast as in the folder, and needs no server."),
        set_mirror,
    )
    mirror.add_argument("state", choices=["on", "off"])
    index = add_command(
        actions,
        "index",
        tr("Index the vectors on the server anew, for as many as there are now."),
        tr(
            "SIZE chooses by their number: FLAT compares each one, IVF_FLAT and HNSW are faster "
            "and may miss a few. Zilliz Cloud has AUTOINDEX only."
        ),
        index_server,
    )
    types = ["SIZE", "FLAT", "IVF_FLAT", "HNSW", "AUTOINDEX"]
    index.add_argument("type", nargs="?", choices=types, default="SIZE", metavar="TYPE")
    mapped = add_command(
        actions,
        "map",
        tr("Say where a folder of another machine is on this one, as on a network share."),
        tr("Its pictures can then be opened here. Without HERE, it is nowhere any more."),
        map_folder,
    )
    mapped.add_argument("folder", metavar="MACHINE:FOLDER", help=tr("as nas-2:/mnt/photos"))
    mapped.add_argument("here", metavar="HERE", nargs="?", help=tr("the folder on this machine"))
    forget = add_command(
        actions,
        "forget-machine",
        tr("Remove a machine that is gone for good, with its places."),
        tr("Pictures that no other machine has cannot be found any more."),
        forget_machine,
    )
    forget.add_argument("machine", metavar="NAME", help=tr("as “image-finder store” lists it"))


def _add_server(parser: Parser, text: str, nargs: str | None = None, option: str = "") -> None:
    if option:
        parser.add_argument(option, dest="server", metavar="URI", required=True, help=text)
    elif nargs:
        parser.add_argument("server", metavar="URI", nargs=nargs, help=text)
    else:
        parser.add_argument("server", metavar="URI", help=text)
    for name, help_text in (
        ("database", tr("the database on the server (default: “default”)")),
        ("library", tr("the library's name there (default: “images”)")),
        ("user", tr("the user's name; the password is asked for and kept in the keyring")),
        ("ca-file", tr("the certificates to trust instead of the system's (PEM)")),
        ("certificate-file", tr("this machine's certificate (PEM)")),
        ("key-file", tr("the key of that certificate (PEM)")),
    ):
        metavar = "FILE" if name.endswith("file") else "NAME"
        parser.add_argument(f"--{name}", metavar=metavar, help=help_text)
    parser.add_argument(
        "--token",
        action="store_true",
        help=tr("ask for a token, as Zilliz gives one; else IMAGE_FINDER_TOKEN is used"),
    )


def _add_precision(parser: Parser) -> None:
    parser.add_argument(
        "--precision",
        choices=["float32", "float16"],
        metavar="PRECISION",
        help=tr("of a library that is new there: float32 (default), or float16, half as large"),
    )


def status(home: Home, options: argparse.Namespace) -> None:
    from finder.use_cases.library.vector_store import store_status

    for cells in store_lines(store_status(home), str(home.root)):
        show(*cells)


def store_lines(found: StoreStatus, folder: str) -> Iterator[tuple[str, ...]]:
    """Lines of cells: where the vectors are, how many, and the machines that share them."""
    address = found.settings.address
    if address is None:
        yield (tr("The vectors are in the library's folder: {folder}").format(folder=folder),)
    else:
        text = tr("The vectors are on {server} (Milvus {version}), library “{name}”.")
        yield (text.format(server=address.shown, version=found.version, name=address.library),)
        if not found.settings.mirror:
            yield (tr("This machine keeps no copy of them; searches run on the server."),)
    for name, number in found.vectors.items():
        here = found.here.get(name, 0)
        known = "" if here == number else tr("{n:,} known here").format(n=here)
        count, index = trn("{n} vector", "{n} vectors", number), found.indexes.get(name)
        cells = (name, count, found.precisions.get(name), index, known)
        yield tuple(filter(None, cells))
    yield from _machine_lines(found)
    yield from _mapping_lines(found.settings)


def set_mirror(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.output.progress_bars import WorkBar
    from finder.use_cases.library.move_library import set_mirror as switch

    is_on = options.state == "on"
    with WorkBar() as bar:
        switch(home, is_on, _HOLDER, bar.show)
    on, off = tr("All vectors are on this machine, too."), tr("Searches run on the server now.")
    show(on if is_on else off)


def index_server(home: Home, options: argparse.Namespace) -> None:
    from finder.core.library.server.store_settings import IndexType
    from finder.use_cases.library.vector_store import index_server as index

    with closing(index(home, IndexType(options.type), _HOLDER)) as run:
        for model, kind in run:
            show(model, kind)


def map_folder(home: Home, options: argparse.Namespace) -> None:
    from finder.use_cases.library.vector_store import map_folder as keep

    settings = keep(home, options.folder, options.here)
    for cells in _mapping_lines(settings):
        show(*cells)


def _mapping_lines(settings: StoreSettings) -> Iterator[tuple[str, ...]]:
    for folder, here in settings.mappings.items():
        yield tr("{folder} is here").format(folder=folder), here


def _machine_lines(found: StoreStatus) -> Iterator[tuple[str, ...]]:
    for machine in found.machines.values():
        is_this = machine.name == found.settings.machine
        name = tr("{name} (this machine)") if is_this else "{name}"
        yield (
            name.format(name=machine.name),
            trn("{n} picture", "{n} pictures", machine.pictures),
            machine.last_seen(datetime.now(UTC)),
        )


def use_store(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.output.progress_bars import WorkBar
    from finder.core.library.server.store_settings import read_store_settings
    from finder.use_cases.library.move_library import use_embedded, use_server

    if options.server == _EMBEDDED:
        with WorkBar() as bar:
            use_embedded(home, _HOLDER, bar.show)
        show(tr("The vectors are in the library's folder again."))
        return
    address = _address(options)
    secret = _ask_for_secret(address, options)
    wanted = _precision(options)
    run = use_server(home, address, _HOLDER, options.machine or "", secret, precision=wanted)
    with closing(run):
        _show_progress(run)
    _keep_secret(address, secret)
    _say_precision(options, read_store_settings(home).precision)
    show(tr("The vectors are on {server} now.").format(server=address.shown))


def test_store(home: Home, options: argparse.Namespace) -> None:
    from finder.use_cases.library.vector_store import try_server, used_address

    address = _address(options) if options.server else used_address(home)
    secret = _ask_for_secret(address, options)
    facts = try_server(address, secret)
    _keep_secret(address, secret)
    show(
        tr("{server} answers: Milvus {version}.").format(
            server=address.shown, version=facts.version
        )
    )
    show_lines(
        tr("{name}: {n:,} rows").format(name=name, n=rows or 0)
        for name, rows in facts.collections.items()
    )
    show(tr("Creating, writing, searching and removing work."))
    yes, no = tr("Vectors can also be kept as float16."), tr("It has no vectors of float16.")
    show(yes if facts.has_float16 else no)


def copy_store(home: Home, options: argparse.Namespace) -> None:
    from finder.use_cases.library.move_library import copy_to_embedded, copy_to_server

    if options.server == _EMBEDDED:
        with closing(copy_to_embedded(home, _HOLDER, options.verify)) as run:
            _require_right(_show_progress(run))
        show(tr("Everything is in the library's folder, too."))
        return
    address = _address(options)
    secret = _ask_for_secret(address, options)
    wanted = _precision(options)
    with closing(copy_to_server(home, address, _HOLDER, options.verify, secret, wanted)) as run:
        last = _show_progress(run)
    _require_right(last)
    _keep_secret(address, secret)
    if last is not None:
        _say_precision(options, last.precision)
    show(tr("Everything is on {server}, too.").format(server=address.shown))


def _precision(options: argparse.Namespace) -> Precision | None:
    from finder.core.library.server.store_settings import Precision

    return Precision(options.precision) if options.precision else None


def _say_precision(options: argparse.Namespace, there: Precision) -> None:
    """Where the library was there already, with another one."""
    if options.precision and options.precision != there:
        show(tr("The library on the server has {precision}: so it stays.").format(precision=there))


def _require_right(last: SendProgress | None) -> None:
    if last is not None and last.wrong:
        raise FinderError(
            trn(
                "{n} vector has not arrived as it was sent.",
                "{n} vectors have not arrived as they were sent.",
                last.wrong,
            ),
            tr("Run the command again."),
        )


def synchronise(home: Home, options: argparse.Namespace) -> None:
    from finder.use_cases.library.vector_store import synchronise as exchange

    pulled = exchange(home, _HOLDER)
    show(
        tr("From other machines: {files} new or changed, {gone} removed.").format(
            files=trn("{n} file", "{n} files", pulled.files), gone=f"{pulled.gone:,}"
        )
    )


def forget_machine(home: Home, options: argparse.Namespace) -> None:
    from finder.use_cases.library.vector_store import forget_machine as forget

    files = forget(home, options.machine, _HOLDER)
    show(
        trn(
            "{machine} is forgotten, with {n} file.",
            "{machine} is forgotten, with {n} files.",
            files,
            machine=options.machine,
        )
    )


def _address(options: argparse.Namespace) -> ServerAddress:
    from finder.core.library.server.server_address import parse

    given = {
        name: value
        for name in ("database", "library", "user", "ca_file", "certificate_file", "key_file")
        if (value := getattr(options, name))
    }
    return parse(options.server, **given)


def _ask_for_secret(address: ServerAddress, options: argparse.Namespace) -> Secret | None:
    """What the user types now; None: what is known already is used."""
    from getpass import getpass

    from finder.core.library.server.credentials import Secret, secret_of

    if not options.token and not (address.user and not secret_of(address, lambda _: "")):
        return None
    user = tr("Password of {user}: ").format(user=address.user)
    return Secret(getpass(user if address.user else tr("Token: ")))


def _keep_secret(address: ServerAddress, secret: Secret | None) -> None:
    """In the keyring, now that the server has accepted it."""
    from finder.core.library.server.credentials import keep_secret

    if secret is not None and not keep_secret(address, secret):
        say(
            tr(
                "There is no keyring here that keeps it. Put it in the environment variable "
                "IMAGE_FINDER_TOKEN, or it is asked for each time."
            )
        )


def _show_progress(run: Iterable[SendProgress]) -> SendProgress | None:
    from finder.cli.output.progress_bars import WorkBar

    progress = None
    with WorkBar() as bar:
        for progress in run:
            bar.show(progress)
    return progress
