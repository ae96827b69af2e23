"""A measurement as one HTML file that needs nothing beside it: tables, plots as SVG, thumbnails."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from finder.core.evaluation.copy_measurement import CopyMeasurement
from finder.core.evaluation.measurement_words import (
    amounts,
    copy_amounts,
    figures_shown,
    kind_title,
    meaning,
    verdict,
    weight_words,
)
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import (
        HardQuery,
        MeasuredRankings,
        Measurement,
        Ranking,
    )

Thumbnail = Callable[[int], bytes | None]
"""The small JPEG of a picture, by its content id."""

_MOST_LABELS = 30
"""A table of confusion with more is too large to be read."""
_HARD, _WRONG = 12, 5
_CONFUSED = 20
_PLOT_WIDTH, _PLOT_HEIGHT, _MARGIN = 560, 320, 48
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --accent: #3b7ddd; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; } .quiet { opacity: .7; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
td { white-space: nowrap; } ul { margin: .8rem 0; padding-left: 1.2rem; }
th { font-weight: 600; } .best td:first-child { font-weight: 600; }
.confusion td, .confusion th { padding: .15rem .4rem; text-align: center; }
.hard { display: flex; gap: .5rem; align-items: flex-end; margin: .6rem 0; flex-wrap: wrap; }
figure { margin: 0; width: 104px; font-size: .8rem; overflow-wrap: anywhere; }
figure img, figure span.none { width: 104px; height: 78px; object-fit: cover; border-radius: 6px;
  background: var(--soft); display: block; }
figure.query img { outline: 2px solid var(--accent); }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
"""


def html_report(measurement: Measurement | CopyMeasurement, thumbnail: Thumbnail) -> str:
    """The report's text. thumbnail: of hard queries and their answers."""
    best = max(measurement.rankings, key=lambda ranking: ranking.summary.means["map"])
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(tr('Measurement of models'))}</title><style>{_STYLE}</style></head>",
            "<body>",
            *_head(measurement),
            *_figures(measurement),
            *_quality_and_speed(measurement),
            *_kinds(measurement),
            *_confusion(measurement, best),
            *_hardest(measurement, best, thumbnail),
            "</body></html>",
            "",
        )
    )


def _head(measurement: Measurement | CopyMeasurement) -> Iterator[str]:
    yield f"<h1>{escape(tr('Which model finds best?'))}</h1>"
    if isinstance(measurement, CopyMeasurement):
        words = copy_amounts(measurement)
    else:
        words = " · ".join(amounts(measurement))
    yield f'<p class="quiet">{escape(words)}</p>'


def _figures(measurement: Measurement | CopyMeasurement) -> Iterator[str]:
    shown = figures_shown(measurement)
    yield '<div class="wide"><table><tr><th></th>'
    yield "".join(f"<th>{escape(title)}</th>" for title in shown.values())
    yield f"<th>95 %</th><th>{escape(tr('pictures/s'))}</th><th>{escape(tr('MB'))}</th></tr>"
    for ranking in measurement.rankings:
        summary, cost = ranking.summary, ranking.cost
        cells = [f"{summary.means[key]:.3f}" for key in shown]
        cells.append(f"{summary.interval.low:.3f} – {summary.interval.high:.3f}")
        speed = cost and cost.pictures_per_second
        cells.append(f"{speed:.1f}" if speed else "")
        cells.append(f"{cost.bytes / 1e6:.1f}" if cost and cost.bytes else "")
        kind = ' class="best"' if ranking.name == measurement.best_model else ""
        yield f"<tr{kind}><td>{escape(ranking.title)}</td>"
        yield "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</table></div><ul>"
    for ranking in measurement.rankings:
        words = f"{ranking.title}: {verdict(measurement, ranking.summary)}"
        yield f"<li>{escape(words)}</li>"
    yield "</ul>"
    if not isinstance(measurement, CopyMeasurement) and measurement.weights is not None:
        yield f"<p>{escape(weight_words(measurement.weights, measurement.titles))}</p>"
    yield f'<p class="quiet">{escape(meaning(measurement))}</p>'


# Plots


def _quality_and_speed(measurement: MeasuredRankings) -> Iterator[str]:
    """Each model's mean average precision over its speed, which is on a logarithmic axis."""
    points = [
        (ranking.title, ranking.cost.pictures_per_second, ranking.summary)
        for ranking in measurement.rankings
        if ranking.cost is not None and ranking.cost.pictures_per_second
    ]
    if len(points) < 2:
        return
    yield f"<h2>{escape(tr('Quality and speed'))}</h2>"
    speeds = np.log10([speed for _, speed, _ in points])
    low, high = float(speeds.min()) - 0.15, float(speeds.max()) + 0.3
    top = max(summary.interval.high for _, _, summary in points)
    yield f'<svg width="{_PLOT_WIDTH}" height="{_PLOT_HEIGHT}" role="img">'
    yield from _axes(tr("pictures/s"), "mAP")
    for step in range(5):
        value = top * step / 4
        y = _y(value / top)
        yield f'<text x="{_MARGIN - 6}" y="{y + 4:.0f}" text-anchor="end">{value:.2f}</text>'
        yield f'<line x1="{_MARGIN}" x2="{_PLOT_WIDTH}" y1="{y:.0f}" y2="{y:.0f}" stroke="#8883"/>'
    for (title, speed, summary), place in zip(points, speeds.tolist(), strict=True):
        x = _MARGIN + (place - low) / (high - low) * (_PLOT_WIDTH - _MARGIN)
        y, y_low, y_high = (
            _y(value / top)
            for value in (summary.means["map"], summary.interval.low, summary.interval.high)
        )
        ends = f'x1="{x:.0f}" x2="{x:.0f}" y1="{y_low:.0f}" y2="{y_high:.0f}"'
        yield f'<line {ends} stroke="#3b7ddd"/>'
        yield f'<circle cx="{x:.0f}" cy="{y:.0f}" r="5" fill="#3b7ddd"/>'
        at, anchor = (x + 9, "start") if x < 0.65 * _PLOT_WIDTH else (x - 9, "end")
        yield f'<text x="{at:.0f}" y="{y + 4:.0f}" text-anchor="{anchor}">{escape(title)}</text>'
        yield (
            f'<text x="{x:.0f}" y="{_PLOT_HEIGHT - _MARGIN + 16}" text-anchor="middle">'
            f"{speed:.0f}</text>"
        )
    yield "</svg>"


def _axes(across: str, up: str) -> Iterator[str]:
    bottom = _PLOT_HEIGHT - _MARGIN
    yield f'<line x1="{_MARGIN}" x2="{_PLOT_WIDTH}" y1="{bottom}" y2="{bottom}" stroke="#888"/>'
    yield f'<line x1="{_MARGIN}" x2="{_MARGIN}" y1="14" y2="{bottom}" stroke="#888"/>'
    place = f'x="{_PLOT_WIDTH}" y="{_PLOT_HEIGHT - 12}" text-anchor="end"'
    yield f"<text {place}>{escape(across)}</text>"
    yield f'<text x="4" y="12">{escape(up)}</text>'


def _y(share: float) -> float:
    bottom = _PLOT_HEIGHT - _MARGIN
    return bottom - share * (bottom - 22)


# Labels or alterations


def _kinds(measurement: MeasuredRankings) -> Iterator[str]:
    rankings = list(measurement.rankings)
    names = sorted(
        rankings[0].summary.per_label,
        key=lambda name: max(ranking.summary.per_label[name] for ranking in rankings),
    )
    title = (
        tr("By alteration: mean average precision")
        if measurement.of_copies
        else tr("By label: mean average precision")
    )
    yield f"<h2>{escape(title)}</h2>"
    yield '<div class="wide"><table><tr><th></th>'
    yield "".join(f"<th>{escape(ranking.title)}</th>" for ranking in rankings) + "</tr>"
    for name in names:
        values = [ranking.summary.per_label[name] for ranking in rankings]
        cells = "".join(f"<td{_shade(value)}>{value:.3f}</td>" for value in values)
        yield f"<tr><td>{escape(kind_title(measurement, name))}</td>{cells}</tr>"
    yield "</table></div>"


def _shade(share: float) -> str:
    return f' style="background: rgba(59, 125, 221, {share * 0.45:.2f})"'


def _confusion(measurement: Measurement | CopyMeasurement, ranking: Ranking) -> Iterator[str]:
    """As a table if there are few labels, else the pairs that are confused most."""
    if isinstance(measurement, CopyMeasurement):
        return
    names = measurement.evaluation.labelled.names
    title = tr("Confusion: the label of the first answer, with {ranking}")
    yield f"<h2>{escape(title.format(ranking=ranking.title))}</h2>"
    if len(names) > _MOST_LABELS:
        yield from _confused_pairs(measurement, ranking)
        return
    confusion = measurement.confusion(ranking)
    numbers = np.maximum(confusion.sum(axis=1), 1)
    yield '<div class="wide"><table class="confusion"><tr><th></th>'
    yield "".join(f"<th>{escape(name)}</th>" for name in names) + "</tr>"
    for name, row, number in zip(names, confusion.tolist(), numbers.tolist(), strict=True):
        cells = "".join(f"<td{_shade(n / number)}>{n or ''}</td>" for n in row)
        yield f"<tr><th>{escape(name)}</th>{cells}</tr>"
    yield "</table></div>"


def _confused_pairs(measurement: Measurement, ranking: Ranking) -> Iterator[str]:
    yield "<table>"
    for pair in measurement.confused_pairs(ranking, _CONFUSED):
        text = tr("{label} is taken for {other}")
        words = text.format(label=pair.label_name, other=pair.answer_name)
        yield f"<tr><td>{escape(words)}</td><td>{pair.queries}</td></tr>"
    yield "</table>"


# Pictures


def _hardest(
    measurement: Measurement | CopyMeasurement, ranking: Ranking, thumbnail: Thumbnail
) -> Iterator[str]:
    queries = measurement.hardest(ranking, _HARD)
    title = tr("The hardest searches, with {ranking}").format(ranking=ranking.title)
    yield f"<h2>{escape(title)}</h2>"
    if not measurement.of_copies:
        words = tr("The picture that was searched for, then the first answers with another label.")
    elif queries:
        words = tr(
            "The original, with how its copy was altered and 1 ÷ its rank, then what came before "
            "it."
        )
    else:
        words = tr("Each original came first.")
    yield f'<p class="quiet">{escape(words)}</p>'
    yield from _rows(queries, thumbnail)


def _rows(queries: Sequence[HardQuery], thumbnail: Thumbnail) -> Iterator[str]:
    for query in queries:
        yield '<div class="hard">'
        caption = f"{query.label} · {query.average_precision:.3f}"
        yield _picture(thumbnail(query.picture), caption, ' class="query"')
        for picture, label in query.wrong[:_WRONG]:
            yield _picture(thumbnail(picture), label)
        yield "</div>"


def _picture(jpeg: bytes | None, caption: str, kind: str = "") -> str:
    image = '<span class="none"></span>'
    if jpeg is not None:
        image = f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">'
    return f"<figure{kind}>{image}{escape(caption)}</figure>"
