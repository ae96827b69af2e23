"""What the measure dialog says about pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.i18n import trn

if TYPE_CHECKING:
    from finder.jobs.library_evaluation import Measured


def measured_words(measured: Measured) -> str:
    """How much was measured."""
    return " · ".join(
        (
            trn("{n} picture", "{n} pictures", measured.pictures),
            trn("{n} label", "{n} labels", len(measured.labels)),
            trn("{n} search", "{n} searches", measured.queries),
        )
    )
