"""How likely words describe a picture, in a word. Plain values, cheap to import."""

from __future__ import annotations

from enum import Enum
from typing import Final

from finder.core.i18n import mark, tr

LIKELY: Final = 0.5
PERHAPS: Final = 0.1


class LikelihoodWord(Enum):
    """What the probability that words describe a picture means."""

    LIKELY = mark("likely")
    PERHAPS = mark("perhaps")

    @property
    def label(self) -> str:
        return tr(self.value)

    @property
    def short_label(self) -> str:
        """The same, as it has at most seven letters."""
        return self.label


def likelihood_word(likelihood: float | None) -> LikelihoodWord | None:
    """likelihood: a probability; None if there is none. None if it is too low for a word."""
    if likelihood is None or likelihood < PERHAPS:
        return None
    return LikelihoodWord.LIKELY if likelihood >= LIKELY else LikelihoodWord.PERHAPS
