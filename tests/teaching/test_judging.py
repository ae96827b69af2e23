"""Splits, the choice of a head, and the report on what was held out."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import numpy as np
import pytest
from made_up_labels import SIZE, hidden_labels, labelled, labels_of
from numpy.typing import NDArray

from finder.core.evaluation.bootstrap import Verdict
from finder.core.teaching import report
from finder.core.teaching.choice import choose_head
from finder.core.teaching.heads import Method, possible_heads
from finder.core.teaching.report import Lesson, judge
from finder.core.teaching.splits import make_splits

Found = TypeVar("Found")
NONE = np.zeros((0, SIZE), np.float32)


def finished(run: Generator[float, None, Found]) -> Found:
    shares = []
    while True:
        try:
            shares.append(next(run))
        except StopIteration as stop:
            assert shares == sorted(shares)
            assert shares[-1] == 1.0
            found: Found = stop.value
            return found


def lesson(labels: NDArray[np.int64], signal: float = 1.0, name: str = "new") -> Lesson:
    heads = possible_heads(list(Method), int(labels.max()) + 1, SIZE)
    vectors = hidden_labels(labels, signal=signal)
    return Lesson(name, labelled(labels), {"base": vectors}, NONE, heads, 0)


@pytest.mark.parametrize(("labels", "each"), [(13, 5), (4, 4), (10, 40)])
def test_every_label_is_held_out_once_and_every_picture_teaches(labels: int, each: int) -> None:
    numbers = labels_of(labels, each)
    splits = make_splits(numbers, 5, 0)
    assert len(splits) == 5
    held_out = np.zeros(labels)
    for split in splits:
        parts = np.stack([split.teach, split.pictures, split.labels]).astype(int)
        assert (parts.sum(axis=0) == 1).all(), "each picture is in exactly one part"
        taught, out = set(numbers[split.teach]), set(numbers[split.labels])
        assert not taught & out
        assert len(taught) >= 2
        assert len(out) >= 2
        assert set(numbers[split.pictures]) == taught
        held_out[list(out)] += 1
    assert held_out.min() >= 1
    if labels > 4:
        assert np.any([split.teach for split in splits], axis=0).all()


def test_few_labels_are_all_taught() -> None:
    numbers = labels_of(3, 8)
    assert not any(split.labels.any() for split in make_splits(numbers, 5, 0))


def test_the_choice_is_one_of_the_best_for_held_out_pictures() -> None:
    numbers = labels_of()
    one = lesson(numbers)
    choice = finished(choose_head(one.vectors, numbers, NONE, one.heads, 0))
    assert [tried.head for tried in choice.tried] == list(one.heads)
    best = max(tried.pictures for tried in choice.tried)
    error = next(tried.error for tried in choice.tried if tried.pictures == best)
    assert choice.chosen.pictures >= best - error
    as_good = [t.labels or 0.0 for t in choice.tried if t.pictures >= best - error]
    assert choice.chosen.labels == max(as_good)


def test_a_gain_is_reported_where_there_is_one() -> None:
    found = finished(judge(lesson(labels_of())))
    assert list(found.pictures.models) == ["base", "new"]
    assert found.pictures.gain.other == "base"
    assert found.pictures.gain.value > 0.3
    assert found.pictures.gain.verdict is Verdict.BETTER
    base, new = (figures.means["map"] for figures in found.pictures.models.values())
    assert new - base == pytest.approx(found.pictures.gain.value)
    assert found.labels is not None
    assert found.labels.searches > 0


def test_labels_that_mean_nothing_give_no_gain() -> None:
    """Pictures that teach would be found by heart; those that were held out are not."""
    found = finished(judge(lesson(labels_of(), signal=0.0)))
    assert abs(found.pictures.gain.value) < 0.03


def test_three_labels_have_no_figures_for_labels_that_were_not_taught() -> None:
    found = finished(judge(lesson(labels_of(3, 12))))
    assert found.labels is None
    assert found.pictures.labels == 3


def test_the_best_of_several_bases_is_compared_with() -> None:
    numbers = labels_of()
    one = lesson(numbers)
    blind = hidden_labels(numbers, 5, signal=0.0)
    bases = {"blind": blind, **one.bases}
    none = np.zeros((0, 2 * SIZE), np.float32)
    found = finished(judge(Lesson("new", one.labelled, bases, none, one.heads, 0)))
    assert list(found.pictures.models) == ["blind", "base", "new"]
    assert found.pictures.gain.other == "base"


def test_many_pictures_are_judged_by_fewer_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = labels_of()
    few = finished(judge(lesson(numbers)))
    monkeypatch.setattr(report, "_FEW", len(numbers) - 1)
    many = finished(judge(lesson(numbers)))
    assert many.pictures.searches < few.pictures.searches
    assert many.pictures.gain.verdict is Verdict.BETTER
