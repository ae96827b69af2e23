"""What is known of trainings without PyTorch: settings, epochs, what was interrupted."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from finder.core.errors import FinderError
from finder.core.paths import Home
from finder.core.training.comparison import training_cells
from finder.core.training.run_lock import RunLock, forget_training
from finder.core.training.settings import Epoch, Method, Settings
from finder.core.training.unfinished import EPOCHS, LAST, RECORD, unfinished_trainings

SETTINGS = Settings("/pictures", "resnet18", Method.FINETUNE, "plants", layers=3, rate=0.01)
EPOCH = Epoch(1, 0.5, 0.75, 0.25, 1.0, 2.5)


def interrupted(home: Home, settings: Settings, epochs: int, at: int = 1) -> Path:
    """The folder of a training; at: when its last epoch ended, in seconds."""
    folder = home.trainings / settings.name
    folder.mkdir(parents=True)
    record = {"settings": settings.as_record(), "pictures": "0", "batch": 8}
    (folder / RECORD).write_text(json.dumps(record))
    curve = [asdict(replace(EPOCH, number=number)) for number in range(1, epochs + 1)]
    (folder / EPOCHS).write_text(json.dumps(curve))
    if epochs:
        (folder / LAST).write_bytes(b"the state")
        os.utime(folder / LAST, (at, at))
    return folder


def test_settings_are_what_they_were() -> None:
    record = json.loads(json.dumps(SETTINGS.as_record()))
    assert Settings.of_record(record) == SETTINGS
    assert Epoch.of_record(json.loads(json.dumps(asdict(EPOCH)))) == EPOCH


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "guess"},
        {"method": 1},
        {"epochs": "20"},
        {"layers": 2.5},
        {"folder": None},
        {"unknown": 1},
    ],
)
def test_other_settings_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Settings.of_record({**SETTINGS.as_record(), **changes})


def test_settings_that_lack_something_are_refused() -> None:
    record = SETTINGS.as_record()
    for name in ("folder", "base", "method", "name"):
        with pytest.raises(ValueError):
            Settings.of_record({key: value for key, value in record.items() if key != name})


def test_what_was_interrupted_is_listed_the_newest_first(home: Home) -> None:
    assert unfinished_trainings(home) == []
    interrupted(home, SETTINGS, 7, at=1_000)
    interrupted(home, replace(SETTINGS, name="newer"), 2, at=2_000)
    interrupted(home, replace(SETTINGS, name="without"), 0)
    newest, older = unfinished_trainings(home)
    assert newest.settings.name == "newer"
    assert older.settings == SETTINGS
    assert [len(one.epochs) for one in (newest, older)] == [2, 7]


def test_what_runs_in_another_process_is_left_out_and_not_forgotten(home: Home) -> None:
    folder = interrupted(home, SETTINGS, 7)
    lock = RunLock(folder)
    assert unfinished_trainings(home) == []
    with pytest.raises(FinderError, match="“plants” is running"):
        forget_training(home, "plants")
    lock.release()
    (found,) = unfinished_trainings(home)
    assert found.batch == 8
    forget_training(home, "plants")
    assert not folder.exists()
    forget_training(home, "plants")  # there is none


@pytest.mark.parametrize("batch", [0, -1, "8", None, 2.5])
def test_a_batch_that_is_none_is_unknown(home: Home, batch: object) -> None:
    folder = interrupted(home, SETTINGS, 1)
    (folder / RECORD).write_text(json.dumps({"settings": SETTINGS.as_record(), "batch": batch}))
    (found,) = unfinished_trainings(home)
    assert found.batch is None


def test_a_training_is_done_after_its_epochs_or_if_nothing_is_gained() -> None:
    settings = replace(SETTINGS, epochs=4, patience=2)

    def curve(*losses: float) -> tuple[Epoch, ...]:
        return tuple(
            replace(EPOCH, number=number, validation_loss=loss)
            for number, loss in enumerate(losses, start=1)
        )

    assert not settings.is_done(())
    assert not settings.is_done(curve(3, 2, 2.5))
    assert settings.is_done(curve(3, 3.5, 3))
    assert settings.is_done(curve(4, 3, 2, 1))


def test_what_cannot_be_read_is_left_out(home: Home) -> None:
    broken = interrupted(home, SETTINGS, 1)
    (broken / RECORD).write_text("[1")
    renamed = interrupted(home, replace(SETTINGS, name="other"), 1)
    renamed.rename(renamed.with_name("renamed"))
    odd = interrupted(home, replace(SETTINGS, name="odd"), 3)
    (odd / EPOCHS).write_text('[{"number": "one"}]')
    (found,) = unfinished_trainings(home)
    assert (found.settings.name, found.epochs) == ("odd", ())


def test_a_figure_that_a_card_lacks_is_empty() -> None:
    head, row = training_cells([{"name": "mine", "test_accuracy": 0.5, "best_epoch": "three"}])
    cells = dict(zip(head, row, strict=True))
    assert (cells["model"], cells["right"]) == ("mine", "50.0%")
    assert cells["best epoch"] == cells["weights trained"] == ""
