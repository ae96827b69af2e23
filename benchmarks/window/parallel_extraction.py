"""Extracting a query with several models at the same time: how near it comes to the ideal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.common import median, table
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query
from finder.jobs.query_facts import QuerySource
from finder.jobs.workspace import Workspace
from finder.workers.worker_pools import worker_count

_TOP = 20


@dataclass
class Extractions:
    """What the models were asked for: wall and CPU time (seconds) as each began and ended."""

    began: list[tuple[float, float]] = field(default_factory=list)
    ended: list[tuple[float, float]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.began)

    def clear(self) -> None:
        self.began.clear()
        self.ended.clear()

    def span(self) -> tuple[float, float]:
        """Wall and CPU seconds of this process from the first one's begin to the last one's end."""
        (wall, cpu), (last_wall, last_cpu) = min(self.began), max(self.ended)
        return last_wall - wall, last_cpu - cpu


@contextmanager
def noted_extractions() -> Iterator[Extractions]:
    """Every call of a model's `embed_image` or `embed`, in any thread."""
    noted = Extractions()

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def embed(*arguments: Any, **named: Any) -> Any:
            noted.began.append((time.perf_counter(), time.process_time()))
            try:
                return original(*arguments, **named)
            finally:
                noted.ended.append((time.perf_counter(), time.process_time()))

        return embed

    with (
        patch.object(Extractor, "embed_image", watched(Extractor.embed_image)),
        patch.object(Extractor, "embed", watched(Extractor.embed)),
    ):
        yield noted


@dataclass
class ParallelFigures:
    """Milliseconds of extraction of one query: each model alone, all of them as the window asks;
    cores: CPU seconds for each second of the latter."""

    alone: dict[str, list[float]]
    together: list[float] = field(default_factory=list)
    ideal: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)

    def without_first(self) -> ParallelFigures:
        """The first picture loads the models."""
        alone = {name: values[1:] for name, values in self.alone.items()}
        return ParallelFigures(alone, self.together[1:], self.ideal[1:], self.cores[1:])


def measure_parallel(
    home: Home, specs: Sequence[ModelSpec], pictures: Sequence[Path], extractions: Extractions
) -> ParallelFigures:
    """The first picture is not counted. Each one is asked once: what was extracted is kept."""
    workspace = Workspace(home)
    figures = ParallelFigures({spec.name: [] for spec in specs})
    with closing(workspace):
        for picture in pictures:
            query = _decoded(picture, specs)
            alone = {s.name: _extraction_alone(query, s, workspace.extractors()) for s in specs}
            for name, milliseconds in alone.items():
                figures.alone[name].append(milliseconds)
            figures.ideal.append(max(*alone.values(), sum(alone.values()) / worker_count()))
            extractions.clear()
            workspace.set_query(QuerySource(str(picture), path=str(picture)))
            reported = workspace.search(specs, _TOP, Metric.EUCLIDEAN).extraction_seconds
            wall, cpu = extractions.span()
            figures.together.append(max(reported, wall) * 1_000)
            figures.cores.append(cpu / wall)
    return figures.without_first()


def _decoded(picture: Path, specs: Sequence[ModelSpec]) -> Query:
    query = Query.from_file(str(picture))
    for spec in specs:
        query.items[0].decoded(spec.decode_side)
    return query


def _extraction_alone(query: Query, spec: ModelSpec, extractors: ExtractorPool) -> float:
    image = query.items[0].decoded(spec.decode_side).image
    began = time.perf_counter()
    extractors.get(spec).embed_image(image)
    return (time.perf_counter() - began) * 1_000


def parallel_table(figures: ParallelFigures) -> str:
    ideals = [t / i for t, i in zip(figures.together, figures.ideal, strict=True)]
    cores = worker_count()
    rows = [
        (f"{name} alone", f"{median(values):.1f}", "", "") for name, values in figures.alone.items()
    ]
    ideal = f"ideal on {cores} cores: the slowest, or the sum ÷ {cores} if that is more"
    rows.append((ideal, f"{median(figures.ideal):.1f}", "1", ""))
    rows.append(
        (
            "**all, as the window asks**",
            f"{median(figures.together):.1f}",
            f"{median(ideals):.2f}",
            f"{median(figures.cores):.2f}",
        )
    )
    return table(["extraction of one new query", "ms", "÷ ideal", "cores used"], rows)
