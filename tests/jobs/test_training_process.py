"""A training in a process of its own: its messages, the orders to it, and how it ends.

The process here speaks as the real one does, which tests/train tests."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from training_child import CARD, OTHER, OUTCOME, OUTLINE, ChildDoes

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.core.paths import Home
from finder.core.training.messages import Request, TrainingState
from finder.core.training.settings import Method, Settings
from finder.jobs.training_process import TrainingCrashed, TrainingProcess

SETTINGS = Settings("/pictures", "scratch", Method.SCRATCH, "plants", batch=8)


def process(home: Home, token: CancelToken | None = None) -> TrainingProcess:
    return TrainingProcess(Request(home, SETTINGS, True), token or CancelToken())


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, a process ends by itself before it is killed."""
    monkeypatch.setattr("finder.jobs.training_process._STOP_SECONDS", 60.0)


def states(child: TrainingProcess) -> list[TrainingState]:
    return list(child.states())


def test_what_it_says_is_known(child_does: ChildDoes, home: Home) -> None:
    child_does(
        "print('what a library prints')\n"
        "say('{\"unknown\": 1}')\n"
        'say(\'{"epoch": {"number": "x"}}\')\n'
        "progress('Reading …')\n" + OUTLINE + "epoch(1)\n"
        "progress('Epoch 2 of 20', 0.25, 90.5)\n"
        "epoch(2)\n" + OUTCOME
    )
    found = states(process(home))
    assert [state.progress.doing for state in found][-1] == "Epoch 2 of 20"
    before = found[-3]
    assert (before.progress.share, before.progress.seconds_left) == (0.25, 90.5)
    assert [epoch.number for epoch in before.progress.epochs] == [1]
    last = found[-1]
    assert [epoch.loss for epoch in last.progress.epochs] == [1.0, 0.5]
    assert last.progress.share == 0.0, "of the next epoch"
    assert last.outline is not None
    assert last.outline.parts == (172, 48, 48)
    assert last.outline.batch == 32
    assert last.outline.notes == ("1 file is left out.",)
    assert last.outcome is not None
    assert last.outcome.compared == (CARD, OTHER)


def test_it_is_told_what_to_train(child_does: ChildDoes, home: Home) -> None:
    child_does(
        "progress(str((str(request.home.root), request.settings.name, request.restart)))\n"
        "progress(repr(request.settings))\n"
    )
    told, settings = (state.progress.doing for state in states(process(home))[-2:])
    assert told == str((str(home.root), "plants", True))
    assert settings == repr(SETTINGS)


def test_orders_arrive_also_those_before_it_has_started(child_does: ChildDoes, home: Home) -> None:
    child_does("while (order := hear()) != KEEP: progress(order)\nprogress('done')\n")
    child = process(home)
    child.pause()
    running = child.states()
    assert next(running).progress.doing == "Starting …"
    assert next(running).progress.doing == "pause"
    child.go_on()
    assert next(running).progress.doing == "continue"
    child.keep()
    assert [state.progress.doing for state in running] == ["done"]


def test_a_training_that_is_stopped_ends_by_itself(
    child_does: ChildDoes, home: Home, tmp_path: Path
) -> None:
    stopped = tmp_path / "stopped"
    child_does(f"progress('on')\norder = hear()\nopen({str(stopped)!r}, 'w').write(order)\n")
    token = CancelToken()
    running = process(home, token).states()
    while next(running).progress.doing != "on":
        pass
    token.set()
    with pytest.raises(Cancelled):
        list(running)
    assert stopped.read_text() == "stop"


def test_what_it_says_after_it_was_stopped_is_known(child_does: ChildDoes, home: Home) -> None:
    """The model may have been ready before the order came."""
    child_does("progress('on')\nassert hear() == STOP\n" + OUTCOME)
    token = CancelToken()
    stopped, closed = process(home, token), process(home)
    running = stopped.states()
    while next(running).progress.doing != "on":
        pass
    token.set()
    with pytest.raises(Cancelled):
        list(running)
    running = closed.states()
    while next(running).progress.doing != "on":
        pass
    running.close()
    for one in (stopped, closed):
        assert one.state.outcome is not None
        assert one.state.outcome.name == "plants"


def test_a_file_of_weights_is_named_by_its_full_path(
    child_does: ChildDoes, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is in another folder."""
    child_does("progress(request.settings.weights)\n")
    (tmp_path / "w.pth").write_bytes(b"weights")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME" if sys.platform != "win32" else "USERPROFILE", str(tmp_path))
    for weights, told in (
        *(("w.pth", str(tmp_path / "w.pth")), ("~/w.pth", str(tmp_path / "w.pth"))),
        *(("imagenet", "imagenet"), ("IMAGENET1K_V2", "IMAGENET1K_V2")),
    ):
        request = Request(home, replace(SETTINGS, weights=weights))
        child = TrainingProcess(request, CancelToken())
        assert states(child)[-1].progress.doing == told


def test_a_training_that_is_not_wanted_any_more_ends(
    child_does: ChildDoes, home: Home, tmp_path: Path
) -> None:
    stopped = tmp_path / "stopped"
    child_does(f"progress('on')\norder = hear()\nopen({str(stopped)!r}, 'w').write(order)\n")
    running = process(home).states()
    while next(running).progress.doing != "on":
        pass
    running.close()
    assert stopped.read_text() == "stop"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_one_that_is_killed_is_a_sentence_and_a_way_out(child_does: ChildDoes, home: Home) -> None:
    child_does("epoch(1)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    with pytest.raises(TrainingCrashed, match="it crashed, or ran out of memory") as caught:
        states(process(home))
    assert "the epochs that are done are kept" in caught.value.hint
    assert "fewer pictures at a time" in caught.value.hint


def test_its_own_error_is_told(child_does: ChildDoes, home: Home) -> None:
    child_does("say(error_line(FinderError('It is so.', 'Do that.')))\nsys.exit(1)\n")
    with pytest.raises(FinderError, match=r"It is so\.") as caught:
        states(process(home))
    assert caught.value.hint == "Do that."


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed")
def test_the_real_process_says_what_is_missing(home: Home) -> None:
    with pytest.raises(FinderError, match="needs packages that are not installed: torch") as caught:
        states(process(home))
    assert 'pip install "image-finder[train]"' in caught.value.hint
