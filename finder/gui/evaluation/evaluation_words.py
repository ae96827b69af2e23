"""What the measure dialog says about labels and alterations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.jobs.library_evaluation import Measured


@dataclass(frozen=True)
class KindWords:
    """What is said of labels, or of alterations. tab, table, sentence: of their table; cell: of one
    of its cells; behind: of the pictures behind a cell, none_behind: where there are none; hardest,
    none_hard: the same of all."""

    tab: str
    table: str
    sentence: str
    cell: str
    behind: str
    none_behind: str
    hardest: str
    none_hard: str


def kind_words(measured: Measured) -> KindWords:
    return _copy_words() if measured.measurement.of_copies else _label_words()


def _label_words() -> KindWords:
    behind = tr("{label} with {ranking}: the hardest searches first, with their wrong answers")
    hardest = tr(
        "The hardest searches with {ranking}: the picture that was searched for, with its average "
        "precision, then the first answers with another label. Double-click a picture to search "
        "for it."
    )
    return KindWords(
        tr("Labels"),
        tr("Mean average precision by label"),
        tr(
            "The mean average precision of each label’s searches, the hardest labels first. Choose "
            "a cell to see its searches; click a ranking to sort by it."
        ),
        tr("{label} with {ranking}: mean average precision {value:.3f}"),
        behind,
        behind,
        hardest,
        hardest,
    )


def _copy_words() -> KindWords:
    return KindWords(
        tr("Alterations"),
        tr("Mean average precision by alteration"),
        tr(
            "The mean average precision of the copies altered in each way, the hardest first. "
            "Choose a cell to see the originals that did not come first; click a ranking to sort "
            "by it."
        ),
        tr("{label} with {ranking}: mean average precision {value:.3f}"),
        tr(
            "{label} with {ranking}: the originals that did not come first, with 1 ÷ their rank, "
            "then what came before them"
        ),
        tr("{label} with {ranking}: each original came first."),
        tr(
            "The hardest copies with {ranking}: the original, with how its copy was altered and "
            "1 ÷ its rank, then what came before it. Double-click a picture to search for it."
        ),
        tr("With {ranking}, each original came first."),
    )
