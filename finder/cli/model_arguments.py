"""The words behind `image-finder models` that install, remove, measure and re-index."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

from finder.core.text import tr

Words: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Words, str, str, str], argparse.ArgumentParser]


def add_words(words: Words, add: Add) -> None:
    _add_install(words, add)
    _add_remove(words, add)
    measure = add(
        words,
        "measure",
        tr("measure how fast models are on this computer"),
        tr("The list of models tells it from then on."),
    )
    measure.add_argument("name", metavar="NAME", nargs="?", help=tr("one model (default: all)"))
    reindex = add(
        words,
        "reindex",
        tr("drop a model's vectors and make them anew"),
        tr(
            "Those of pictures on a drive that is away are kept. Ctrl+C stops; "
            "“index --model NAME” goes on from there."
        ),
    )
    reindex.add_argument("name", metavar="NAME")


def _add_install(words: Words, add: Add) -> None:
    install = add(
        words,
        "install",
        tr("download a model of the catalogue, check it, and add it"),
        tr("Ctrl+C stops; what has come is kept, and the same command goes on from there."),
    )
    install.add_argument("name", metavar="NAME", help=tr("as “image-finder models” lists it"))
    install.add_argument(
        "--from",
        dest="file",
        metavar="FILE",
        help=tr("take the model's file from the disk; nothing is downloaded"),
    )


def _add_remove(words: Words, add: Add) -> None:
    remove = add(
        words,
        "remove",
        tr("remove a model that was added, with all its vectors"),
        tr("The pictures and the other models' vectors are not touched."),
    )
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--yes", action="store_true", help=tr("do not ask"))
