"""The measurements of indexing as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.common import median, ratio, table, verdict
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.workers.worker_pools import worker_count

_OF_THE_LOOP = {"12 MP": 0.92, "1 MP": 0.90, "mix": 0.90}
_OF_THE_LOOP_TOGETHER = 0.95
OF_THE_ARTICLE = {"12 MP": 9, "1 MP": 5}
_TOGETHER = "all together"


@dataclass(frozen=True)
class Cell:
    """One material with some models; each list has one value for each run, the first two one more.

    decode, models_alone: seconds for one picture on one thread. whole, opening: seconds to index
    `number` pictures, and as many as there are workers. bare, loop, article: pictures per second.
    """

    material: str
    models: str
    number: int
    decode: list[float]
    models_alone: list[float]
    whole: list[float]
    opening: list[float]
    bare: list[float]
    loop: list[float]
    article: list[float]

    @property
    def ideal(self) -> list[float]:
        """Pictures per second; for each run the mean of before and after."""
        alone = [a + b for a, b in zip(self.decode, self.models_alone, strict=True)]
        return [(worker_count() / a + worker_count() / b) / 2 for a, b in pairwise(alone)]

    @property
    def ours(self) -> list[float]:
        return [self.number / took for took in self.whole]

    @property
    def further(self) -> list[float]:
        """Pictures per second of those that follow the first few: opening and closing left out."""
        pairs = zip(self.whole, self.opening, strict=True)
        return [(self.number - worker_count()) / (whole - first) for whole, first in pairs]

    @property
    def core_milliseconds(self) -> float:
        """What one picture costs us: milliseconds of one core."""
        return 1000 * worker_count() / median(self.ours)


def explained(runs: int) -> str:
    return f"""\
Pictures per second of the whole path (scan, hash, decode, thumbnail, extract, Milvus, catalogue)
into a new library, on {worker_count()} cores; medians of {runs}. The clock runs from opening the
library to having flushed and closed it; models are loaded and Milvus is imported before, and the
files are in the system's cache.

- *Ideal*: cores ÷ seconds of decode + preprocess + inference of one picture, measured alone on one
  thread; the mean of before and after each run.
- *Without opening*: less what a run over {worker_count()} pictures takes, as it is when thousands
  are indexed.
- *Loop by hand*: what somebody would write for this: a thread for each core, Pillow's reduced
  decode, resize, numpy, the same ONNX Runtime sessions, over the same files. Nothing is hashed,
  checked or stored.
- *Nothing around it*: decode, preprocess and inference only, on all cores at once. Where this is
  below the ideal, the cores slow each other down: no program that does this work reaches the ideal.
- *Mix*: of twenty files eight 12 MP, four 3 MP, four 1 MP and two small JPEGs, a 2 MP PNG and a
  1 MP WebP."""


def ideal_table(cells: Sequence[Cell]) -> str:
    head = ["pictures", "models", "number", "decode, ms", "models, ms", "ideal", "Image Finder"]
    head += ["loop by hand", "÷ loop by hand", "÷ ideal", "without opening ÷ ideal"]
    head += ["nothing around it ÷ ideal"]
    rows = [
        [
            cell.material,
            cell.models,
            cell.number,
            f"{1000 * median(cell.decode):.1f}",
            f"{1000 * median(cell.models_alone):.1f}",
            f"{median(cell.ideal):.1f}",
            f"{median(cell.ours):.1f}",
            f"{median(cell.loop):.1f}",
            _loop_verdict(cell),
            f"{ratio(cell.ours, cell.ideal):.2f}",
            f"{ratio(cell.further, cell.ideal):.2f}",
            f"{ratio(cell.bare, cell.ideal):.2f}",
        ]
        for cell in cells
    ]
    return table(head, rows)


def _loop_verdict(cell: Cell) -> str:
    share = ratio(cell.ours, cell.loop)
    if cell.models == _TOGETHER:
        return verdict(share, _OF_THE_LOOP_TOGETHER, at_least=True)
    if cell.models == DEFAULT_MODEL:
        return verdict(share, _OF_THE_LOOP[cell.material], at_least=True)
    return f"{share:.2f}"


def article_text() -> str:
    return f"""\
The article's code: for each picture a new ONNX Runtime session, Pillow's plain decode and resize,
a batch of one; one picture after the other, and nothing is stored. The model is {DEFAULT_MODEL}."""


def article_table(cells: Sequence[Cell]) -> str:
    rows = [
        [
            cell.material,
            f"{median(cell.article):.1f}",
            f"{median(cell.ours):.1f}",
            verdict(ratio(cell.ours, cell.article), OF_THE_ARTICLE[cell.material], "×", True),
        ]
        for cell in cells
        if cell.article
    ]
    return table(["pictures", "the article's code", "Image Finder", "times as fast"], rows)


def sharing_text(decodes: float) -> str:
    return f"""\
All models together cost one decode, not three. Decodes of a picture, counted:
{verdict(decodes, 1)}. Timed, in milliseconds of one core for one picture (cores ÷ rate): *saved* is
the three alone less the three together, in decodes. It is two or more where only one is done (hash,
thumbnail and catalogue are shared, too), and zero where each model does its own. Being a small
difference of large numbers, it is best seen at 12 MP."""


def sharing_table(cells: Sequence[Cell]) -> str:
    rows = []
    for material in dict.fromkeys(cell.material for cell in cells):
        *alone, together = [cell for cell in cells if cell.material == material]
        apart = sum(cell.core_milliseconds for cell in alone)
        saved = (apart - together.core_milliseconds) / (1000 * median(together.decode))
        rows.append(
            [
                material,
                " + ".join(f"{cell.core_milliseconds:.0f}" for cell in alone) + f" = {apart:.0f}",
                f"{together.core_milliseconds:.0f}",
                f"{1000 * median(together.decode):.0f}",
                f"{saved:.1f}",
            ]
        )
    return table(["pictures", "each model alone", "all together", "decode", "saved"], rows)


def label(specs: Sequence[ModelSpec]) -> str:
    return specs[0].name if len(specs) == 1 else _TOGETHER
