"""What the storage dialog asks before it does something that cannot be undone at once."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.question import Confirmed, ask


def ask_to_bring_back(parent: QWidget, server: str, confirmed: Confirmed) -> None:
    """Call `confirmed` if the user agrees."""
    ask(
        parent,
        tr("Bring back"),
        tr("Keep the vectors on this computer again?"),
        tr(
            "The vectors of this machine’s pictures are put into the library’s folder. The "
            "pictures of other machines leave this library. What is on {server} stays there, for "
            "the others and for coming back."
        ).format(server=printable(server)),
        tr("Bring back"),
        confirmed,
    )


def ask_to_rebuild(parent: QWidget, index: str, confirmed: Confirmed) -> None:
    """index: its type, in words."""
    ask(
        parent,
        tr("Rebuild the index"),
        tr("Index the vectors on the server anew?"),
        tr(
            "Type of the index: {index}. Until a model is done, nobody can search it on the "
            "server, from any machine: for seconds, or minutes with millions of vectors. "
            "Machines with a copy of the vectors are not affected."
        ).format(index=index),
        tr("Rebuild"),
        confirmed,
    )


def ask_to_forget(parent: QWidget, machine: str, pictures: int, confirmed: Confirmed) -> None:
    """pictures: how many the machine has."""
    ask(
        parent,
        tr("Forget a machine"),
        tr("Forget the machine “{machine}”?").format(machine=printable(machine)),
        trn(
            "Its {n} picture leaves the shared library, for all machines: its place, and its "
            "vectors unless another machine has it, too. ",
            "Its {n} pictures leave the shared library, for all machines: their places, and the "
            "vectors of those that no other machine has. ",
            pictures,
        )
        + tr(
            "The picture files are not touched. If the machine comes back, its next run sends "
            "everything again."
        ),
        tr("Forget"),
        confirmed,
        is_removal=True,
    )
