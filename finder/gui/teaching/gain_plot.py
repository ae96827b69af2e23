"""The plot of what a taught model gains, beside nothing gained at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSizePolicy

from finder.core.evaluation.bootstrap import Interval, Verdict
from finder.core.i18n import tr
from finder.gui.common.plot import Plot
from finder.gui.theme.theme import colour

_ROW = 46  # px
_AXIS = 76  # px: numbers, a title, distances
_BEAM = 0.26
"""The length of the ends of an interval, of a row's height."""
_LEAST = 0.05
"""The smallest range of gains."""
COLOURS = {Verdict.BETTER: "success", Verdict.UNCLEAR: "secondary", Verdict.WORSE: "danger"}
"""The names of the colours in which verdicts are shown."""


@dataclass(frozen=True)
class Gain:
    """What was searched for, and the difference in mean average precision."""

    title: str
    value: float
    interval: Interval


class GainPlot(Plot):
    """A row for each; what has no zero in its interval is coloured."""

    def __init__(self, base: str, gains: Sequence[Gain]) -> None:
        """base: what the gains are over; empty: each over another one."""
        super().__init__(tr("What is gained"))
        self._gains = gains
        self._title = (
            tr("gain in mAP over {model}, with its interval of 95 %").format(model=base)
            if base
            else tr("gain in mAP over the best base, with its interval of 95 %")
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_ROW * len(gains) + _AXIS)
        self.setAccessibleDescription("; ".join(map(_spoken, gains)))
        self.redraw()

    def _paint(self) -> None:
        self.set_axes(self._title, "", "x")
        ends = [end for gain in self._gains for end in (gain.interval.low, gain.interval.high)]
        low, high = min(0.0, *ends), max(0.0, *ends)
        room = max(0.06 * (high - low), (_LEAST - (high - low)) / 2)
        rows = len(self._gains)
        self.set_ranges((low - room, high + room), (-0.5, rows - 0.5))
        places = [rows - 1 - number for number in range(rows)]  # the first one above
        titles = [gain.title for gain in self._gains]
        self.set_ticks("left", list(zip(map(float, places), titles, strict=True)))
        self.add_line(0.0, "control_line", angle=90)
        for place, gain in zip(places, self._gains, strict=True):
            role = COLOURS[Verdict.of(gain.interval)]
            self.add_interval(
                QPointF(gain.value, place),
                gain.interval.low,
                gain.interval.high,
                QColor(colour(role)),
                _spoken(gain),
                _BEAM,
                is_flat=True,
            )


def _spoken(gain: Gain) -> str:
    return tr("{title}: {value:+.3f} ({low:+.3f} – {high:+.3f})").format(
        title=gain.title, value=gain.value, low=gain.interval.low, high=gain.interval.high
    )
