"""The process that trains for the window, through the window's job: orders, crashes, going on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from training_tools import Curve, curve, finished, prepared, settings_for, skip_without_torch

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.core.models.manifest import load_spec
from finder.core.paths import Home
from finder.core.training.messages import GO_ON, KEEP, PAUSE, STOP, Request, TrainingState
from finder.core.training.networks import TORCHVISION
from finder.core.training.run_lock import RunLock
from finder.core.training.settings import Settings
from finder.core.training.unfinished import unfinished_trainings
from finder.jobs.training_process import TrainingProcess

skip_without_torch()

from finder.convert.vision import import_torchvision  # noqa: E402
from finder.train.worker import Orders, Stopped, train  # noqa: E402

EPOCHS = 4  # of what is expected
_LONG = 120.0  # seconds
_PARENT = """
import sys
from pathlib import Path
from finder.core.cancellation import CancelToken
from finder.core.training.messages import Request
from finder.jobs.training_process import TrainingProcess
child = TrainingProcess(Request.read(sys.argv[1]), CancelToken())
for state in child.states():
    print(len(state.progress.epochs), child._child and child._child._process.pid, flush=True)
"""


def process(home: Home, settings: Settings, token: CancelToken | None = None) -> TrainingProcess:
    return TrainingProcess(Request(home, settings), token or CancelToken())


def after(
    states: Generator[TrainingState], epochs: int, state: TrainingState | None = None
) -> TrainingState:
    """The first state with so many epochs."""
    while state is None or len(state.progress.epochs) < epochs:
        state = next(states)
    return state


def child_of(training: TrainingProcess) -> int:
    assert training._child is not None
    return training._child._process.pid


def wait_until_ended(pid: int) -> None:
    end = time.monotonic() + _LONG
    while time.monotonic() < end:
        try:
            status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if status in "ZX":
            return
        time.sleep(0.05)
    raise AssertionError("it is still running")


def test_it_trains_what_the_command_line_trains(
    labelled: Path, home: Home, expected: Curve
) -> None:
    states = list(process(home, settings_for(labelled, epochs=EPOCHS)).states())
    said = [state.progress.doing for state in states]
    for doing in ("Loading PyTorch …", "Reading the pictures …", "Epoch 1 of 4", "Exporting"):
        assert any(text.startswith(doing) for text in said), doing
    last = states[-1]
    assert curve(last.progress.epochs) == expected
    assert last.outline is not None
    assert (last.outline.labels, sum(last.outline.parts)) == (3, 36)
    assert last.outline.weights > 1_000_000
    assert last.outcome is not None
    assert last.outcome.difference <= 1e-4
    assert [card["name"] for card in last.outcome.compared] == ["mine"]
    card = load_spec(home.models / "mine").extra["trained"]
    assert last.outcome.compared[0] == {"name": "mine", **card}
    assert not any(home.trainings.iterdir())


def test_one_that_was_paused_has_the_same_curve(
    labelled: Path, home: Home, expected: Curve
) -> None:
    training = process(home, settings_for(labelled, epochs=EPOCHS))
    states = training.states()
    after(states, 1)
    training.pause()
    training.go_on()
    assert curve(list(states)[-1].progress.epochs) == expected


def test_nothing_is_learned_while_it_is_paused(labelled: Path, home: Home) -> None:
    orders, said = Orders(), list[str]()
    paused, done = threading.Event(), threading.Event()

    def emit(line: str) -> None:
        said.append(line)
        if '"epoch"' in line and not paused.is_set():
            orders.heard(PAUSE)
            paused.set()

    request = Request(home, settings_for(labelled, epochs=2))
    orders.heard(request.line())

    def run() -> None:
        train(Request.read(orders.request()), orders, emit)
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert paused.wait(_LONG)
        number = len(said)
        assert not done.wait(1.0)
        assert len(said) == number
    finally:
        orders.heard(GO_ON)
        thread.join(_LONG)
    assert done.is_set()
    assert sum('"epoch"' in line for line in said) == 2


def test_orders_of_the_window() -> None:
    orders = Orders()
    for line in ("the request", PAUSE, KEEP, "something else"):
        orders.heard(line)
    assert orders.request() == "the request"
    orders.wait()  # keeping ends a pause
    assert orders.keeps
    orders.heard(STOP)
    with pytest.raises(Stopped):
        orders.wait()


def test_the_best_epoch_can_be_kept_at_any_time(labelled: Path, home: Home) -> None:
    training = process(home, settings_for(labelled, epochs=500, patience=500))
    states = training.states()
    after(states, 2)
    training.keep()
    last = list(states)[-1]
    assert last.outcome is not None
    card = load_spec(home.models / "mine").extra["trained"]
    assert 2 <= card["epochs"] == len(last.progress.epochs) < 500
    best = min(last.progress.epochs, key=lambda epoch: epoch.validation_loss)
    assert card["best_epoch"] == best.number


def test_a_killed_one_goes_on_to_the_same_curve(
    labelled: Path, home: Home, expected: Curve
) -> None:
    settings = settings_for(labelled, epochs=EPOCHS)
    training = process(home, settings)
    states = training.states()
    after(states, 2)
    os.kill(child_of(training), signal.SIGKILL)
    with pytest.raises(FinderError, match="it crashed, or ran out of memory") as caught:
        list(states)
    assert "the epochs that are done are kept" in caught.value.hint
    (unfinished,) = unfinished_trainings(home)
    assert unfinished.settings == settings
    done = unfinished.epochs
    assert 2 <= len(done) < EPOCHS
    assert curve(done) == expected[: len(done)]
    states = process(home, settings).states()
    went_on = after(states, 1)
    assert curve(went_on.progress.epochs) == expected[:1]
    assert curve(list(states)[-1].progress.epochs) == expected


def test_it_ends_with_the_window_and_goes_on_with_the_next(
    labelled: Path, home: Home, expected: Curve
) -> None:
    settings = settings_for(labelled, epochs=EPOCHS)
    request = Request(home, settings).line()
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, request], stdout=subprocess.PIPE, text=True
    ) as window:
        assert window.stdout is not None
        for line in window.stdout:
            epochs, pid = line.split()
            if int(epochs) >= 2:
                window.kill()
                break
    wait_until_ended(int(pid))
    RunLock(home.trainings / "mine").release()  # its last threads may end a moment later
    assert len(unfinished_trainings(home)[0].epochs) >= 2
    assert curve(list(process(home, settings).states())[-1].progress.epochs) == expected


@pytest.mark.parametrize("epochs", [0, 1])
def test_what_is_stopped_can_go_on_if_an_epoch_is_done(
    labelled: Path, home: Home, epochs: int
) -> None:
    token = CancelToken()
    states = process(home, settings_for(labelled, epochs=500, patience=500), token).states()
    state = next(states)
    while state.outline is None:
        state = next(states)
    after(states, epochs, state)
    token.set()
    with pytest.raises(Cancelled):
        list(states)
    assert len(unfinished_trainings(home)) == epochs
    if not epochs:
        assert not list(home.trainings.glob("*/*.pt"))


def test_what_cannot_be_trained_is_a_sentence(home: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FinderError, match="at least two labels") as caught:
        list(process(home, settings_for(tmp_path / "empty")).states())
    assert "Each subfolder is a label" in caught.value.hint
    assert not any(home.trainings.iterdir())


def test_other_settings_are_no_hindrance_before_an_epoch_is_done(
    labelled: Path, home: Home
) -> None:
    """A process that was killed early leaves a record, and perhaps the weights of an epoch whose
    state it has not written."""
    settings = settings_for(labelled, epochs=1)
    with closing(prepared(home, settings)):
        (home.trainings / "mine" / "best.pt").write_bytes(b"of another training")
        record = (home.trainings / "mine" / "training.json").read_bytes()
    (home.trainings / "mine").mkdir(parents=True, exist_ok=True)
    (home.trainings / "mine" / "training.json").write_bytes(record)
    (home.trainings / "mine" / "best.pt").write_bytes(b"of another training")
    with closing(prepared(home, settings_for(labelled, epochs=2))) as training:
        finished(training.run())
        finished(training.keep())
    assert (home.models / "mine").is_dir()


def test_the_networks_that_the_window_offers_are_there() -> None:
    models = import_torchvision().models
    assert set(TORCHVISION) <= set(models.list_models(module=models))


def test_an_epoch_is_told_once(labelled: Path, home: Home) -> None:
    orders, said = Orders(), list[str]()
    request = Request(home, settings_for(labelled, epochs=3))
    orders.heard(request.line())
    train(Request.read(orders.request()), orders, said.append)
    told = [json.loads(line)["epoch"]["number"] for line in said if line.startswith('{"epoch"')]
    assert told == [1, 2, 3]
