"""Matches are verified after the answer: told in batches, replaced by the next answer."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import cast

import pytest
from answers import result_of
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from finder.core.cancellation import CancelToken
from finder.core.search.matches import Result
from finder.core.search.query.query import Query
from finder.core.search.verify.sameness import SameKind, Sameness
from finder.gui.query import verification
from finder.gui.query.verification import Verification
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import Workspace

ANSWER = result_of({"a": [1, 2, 3, 4]}, [1, 2, 3, 4])
SAME = Sameness(SameKind.WHOLE, 0.9, ((0, 0), (1, 0), (1, 1), (0, 1)))


class _Library:
    """Proves all matches, one after the other, each when it `may_go`. different: or finds no more
    than that these are other pictures."""

    def __init__(self) -> None:
        self.may_go, self.has_ended = threading.Event(), threading.Event()
        self.error: Exception | None = None
        self.asked: list[Result] = []
        self.tokens: list[CancelToken] = []
        self.known: list[dict[int, Sameness]] = []
        self.different: frozenset[int] = frozenset()

    def verify(
        self, result: Result, stop: CancelToken, known: Mapping[int, Sameness]
    ) -> Generator[Result]:
        self.asked.append(result)
        self.tokens.append(stop)
        proofs = dict(known)
        self.known.append(dict(known))
        if self.different:
            yield replace(result, different=self.different)
            return
        for match in result.combined:
            while not self.may_go.wait(0.01):
                stop.check()
            if self.error is not None:
                raise self.error
            proofs[match.picture.id] = SAME
            yield replace(result, same=dict(proofs))
        self.has_ended.set()


class _Told:
    """What a verification has told."""

    def __init__(self, told: Verification) -> None:
        self.proven: list[Result] = []
        self.lasting: list[bool] = []
        self.failed: list[BaseException] = []
        told.proven.connect(self.proven.append)
        told.lasting.connect(self.lasting.append)
        told.failed.connect(self.failed.append)


@pytest.fixture
def library() -> Iterator[_Library]:
    library = _Library()
    yield library
    library.may_go.set()


@pytest.fixture
def verifying(runner: TaskRunner, library: _Library) -> Iterator[Verification]:
    parent = QObject()
    yield Verification(runner, cast("Workspace", library), parent)


def test_all_proofs_are_told_some_at_a_time(
    verifying: Verification, library: _Library, qtbot: QtBot
) -> None:
    told = _Told(verifying)
    assert not verifying.is_at_work
    verifying.begin(ANSWER)
    assert verifying.is_at_work, "before it begins, too"
    qtbot.waitUntil(lambda: len(library.asked) == 1)
    library.may_go.set()
    assert library.has_ended.wait(20), "while the window does something else"
    qtbot.waitUntil(lambda: bool(told.proven) and len(told.proven[-1].same) == 4)
    assert len(told.proven) <= 2
    assert told.lasting == [False]
    assert not verifying.is_at_work


def test_the_next_answer_ends_it(verifying: Verification, library: _Library, qtbot: QtBot) -> None:
    told, other = _Told(verifying), replace(ANSWER, epoch="later")
    verifying.begin(ANSWER)
    qtbot.waitUntil(lambda: len(library.asked) == 1)
    verifying.begin(other)
    library.may_go.set()
    qtbot.waitUntil(lambda: bool(told.proven) and len(told.proven[-1].same) == 4)
    assert library.tokens[0].is_set
    assert {result.epoch for result in told.proven} == {"later"}
    assert not told.failed


def test_what_is_cancelled_before_it_begins_never_does(
    verifying: Verification, library: _Library, runner: TaskRunner, qtbot: QtBot
) -> None:
    verifying.begin(ANSWER)
    verifying.cancel()
    qtbot.wait(20)
    assert not library.asked
    assert not runner.busy()


def test_it_is_told_while_it_lasts(
    runner: TaskRunner, library: _Library, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "LASTING_MS", 0)
    parent = QObject()
    verifying = Verification(runner, cast("Workspace", library), parent)
    told = _Told(verifying)
    verifying.begin(ANSWER)
    qtbot.waitUntil(lambda: told.lasting == [True])
    library.may_go.set()
    qtbot.waitUntil(lambda: told.lasting == [True, False])


def test_an_error_ends_it_and_is_passed_on(
    verifying: Verification, library: _Library, qtbot: QtBot
) -> None:
    told = _Told(verifying)
    library.error = ValueError("no")
    library.may_go.set()
    verifying.begin(ANSWER)
    qtbot.waitUntil(lambda: bool(told.failed))
    assert (told.failed, told.proven, told.lasting) == ([library.error], [], [False])


def test_another_answer_to_the_same_query_begins_with_what_is_proven(
    verifying: Verification, library: _Library, qtbot: QtBot
) -> None:
    told = _Told(verifying)
    library.may_go.set()
    assert verifying.begin(ANSWER) is ANSWER
    qtbot.waitUntil(lambda: bool(told.proven) and len(told.proven[-1].same) == 4)
    library.may_go.clear()
    fewer = replace(ANSWER, combined=ANSWER.combined[:2], models={"a": ANSWER.models["a"][:2]})
    shown = verifying.begin(fewer)
    assert set(shown.same) == {1, 2}, "the others are not listed"
    qtbot.waitUntil(lambda: len(library.asked) == 2)
    assert set(library.known[1]) == {1, 2, 3, 4}, "for the next answer, which may list them"
    verifying.cancel()
    other = replace(ANSWER, query=Query(ANSWER.query.items))
    assert verifying.begin(other) is other
    verifying.cancel()


def test_it_steps_aside_for_other_work_and_begins_again(
    verifying: Verification, library: _Library, runner: TaskRunner, qtbot: QtBot
) -> None:
    told, done = _Told(verifying), threading.Event()
    assert not verifying.step_aside(), "it is not at work"
    verifying.begin(ANSWER)
    qtbot.waitUntil(lambda: len(library.asked) == 1)
    assert verifying.step_aside()
    runner.call(Lane.SEARCH, done.set)
    assert done.wait(20), "the verification holds its lane no more"
    assert verifying.is_at_work
    library.may_go.set()
    qtbot.waitUntil(lambda: not verifying.is_at_work)
    assert len(told.proven[-1].same) == 4


def test_what_changes_nothing_that_is_shown_is_not_told_but_known(
    verifying: Verification, library: _Library, qtbot: QtBot
) -> None:
    told = _Told(verifying)
    library.different = frozenset({3})
    verifying.begin(ANSWER)
    qtbot.waitUntil(lambda: not verifying.is_at_work)
    assert not told.proven
    verifying.begin(ANSWER)
    qtbot.waitUntil(lambda: len(library.known) == 2)
    assert set(library.known[1]) == {3}
    verifying.cancel()
