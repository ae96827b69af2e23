"""`image-finder train` as a user runs it: the three ways, and a process that is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command_line import command, process_error_of, process_output_of
from labelled_sets import LABELS, photograph_parts, photographs_of
from training_tools import Curve, curve, finished, skip_without_torch

from finder.core.models.label_head import load_head
from finder.core.models.manifest import load_spec
from finder.core.paths import Home
from finder.core.training.settings import Epoch
from finder.train.decoded_pictures import DecodedPictures
from finder.train.labelled_folder import read_split

skip_without_torch()


pytestmark = pytest.mark.timeout(1_200)  # the first test waits for three trainings


@dataclass(frozen=True)
class Trained:
    """cards: what was printed about each way; unseen: the folder of photographs of which none has
    learned any part."""

    home: Home
    cards: dict[str, Any]
    unseen: Path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """268 pictures with 12 labels, learned in the three ways."""
    place = tmp_path_factory.mktemp("trained")
    home = Home(place / "home")
    folder = photograph_parts(place / "set", 4)
    parts = finished(read_split(str(folder), 0, DecodedPictures(320, 0)))
    held_back = [*parts.validation, *parts.test]
    unseen = photographs_of(held_back, parts.names, place / "unseen")
    cards = {}
    for name, words in (
        ("scratch", ("--from", "scratch", "--epochs", "4")),
        ("transfer", ("--method", "transfer", "--epochs", "4")),
        ("finetune", ("--method", "finetune", "--epochs", "4")),
    ):
        options = ("--input", "128", "--name", name, "--json")
        cards[name] = json.loads(process_output_of("train", folder, *words, *options, home=home))
    return Trained(home, cards, unseen)


def test_transfer_is_better_than_scratch_and_fine_tuning_than_both(trained: Trained) -> None:
    right = {name: card["test_accuracy"] for name, card in trained.cards.items()}
    assert right["scratch"] < right["transfer"] <= right["finetune"]
    found = trained.cards["finetune"]
    assert found["test_map"] > found["base_map"]
    assert trained.cards["transfer"]["test_map"] == pytest.approx(found["base_map"], abs=1e-3)
    assert "base_map" not in trained.cards["scratch"]


def test_the_last_one_is_compared_with_the_others(trained: Trained) -> None:
    first, *others = trained.cards["finetune"]["compared"]
    assert first["name"] == "finetune"
    assert sorted(card["name"] for card in others) == ["scratch", "transfer"]
    for card in trained.cards["finetune"]["compared"]:
        assert card["parts"] == first["parts"]
        assert card["seconds_per_epoch"] > 0
        assert 1 <= card["best_epoch"] <= card["epochs"]
    weights = {name: card["trained_weights"] for name, card in trained.cards.items()}
    assert weights["transfer"] == 1_281 * 12 < weights["scratch"] < weights["finetune"]


def test_the_exported_model_is_the_best_epoch_within_the_limit(trained: Trained) -> None:
    for name, card in trained.cards.items():
        assert card["difference"] <= 1e-4
        best = min(card["curve"], key=lambda epoch: epoch["validation_loss"])
        assert card["best_epoch"] == best["number"]
        spec = load_spec(trained.home.models / name)
        assert spec.extra["trained"]["labels"] == list(LABELS)
        assert load_head(spec).names == LABELS
        assert spec.input.height == 128
        assert spec.licence == ("your own" if name == "scratch" else "Apache-2.0")


def test_it_finds_labels_better_than_its_base_on_pictures_it_has_not_seen(
    trained: Trained,
) -> None:
    """Transfer leaves the network as it was: it is the base, for pictures of the same size."""
    models = ("--model", "transfer", "--model", "finetune")
    found = json.loads(
        process_output_of("measure", trained.unseen, *models, "--json", home=trained.home)
    )
    assert found["models"]["finetune"]["map"] > found["models"]["transfer"]["map"]


def test_it_proposes_the_labels_of_pictures_it_has_not_seen(trained: Trained) -> None:
    process_output_of("index", trained.unseen, "--model", "finetune", home=trained.home)
    words = ("models", "labels", "finetune", trained.unseen, "--json")
    found = json.loads(process_output_of(*words, home=trained.home))
    assert len(found) == 2 * len(LABELS)
    right = [one["label"] == Path(one["path"]).parent.name for one in found]
    assert sum(right) > 0.5 * len(right)


SMALL = ("--from", "scratch", "--input", "32", "--batch", "8", "--epochs", "4")


def test_a_killed_training_goes_on_to_the_same_curve(
    labelled: Path, home: Home, expected: Curve
) -> None:
    words = ("train", labelled, *SMALL, "--json", "--name")
    after = interrupted(signal.SIGKILL, *words, "killed", home=home)
    assert after.returncode == -signal.SIGKILL
    assert not (home.models / "killed").exists()
    went_on = subprocess.run(
        command(*words, "killed", home=home), capture_output=True, text=True, check=True
    )
    assert "Going on after epoch 2" in went_on.stderr
    assert "epoch 1:" not in went_on.stderr
    printed = json.loads(went_on.stdout)["curve"]
    assert curve(tuple(map(Epoch.of_record, printed))) == expected
    assert len(expected) == 4
    assert not any(home.trainings.iterdir())


def test_ctrl_c_keeps_the_best_epoch(labelled: Path, home: Home) -> None:
    words = ("train", labelled, *SMALL[:-1], "500", "--patience", "500", "--name", "stopped")
    stopped = interrupted(signal.SIGINT, *words, home=home)
    assert stopped.returncode == 0, stopped.stderr
    assert "The best epoch so far is kept." in stopped.stderr
    assert stopped.stderr.count("\nepoch 2:") == 1
    assert load_spec(home.models / "stopped").extra["trained"]["epochs"] < 500


def test_what_is_left_out_is_said(labelled: Path, home: Home, tmp_path: Path) -> None:
    small_set = shutil.copytree(labelled, tmp_path / "set")
    (small_set / "empty").mkdir()
    (small_set / "fish" / "broken.jpg").write_bytes(b"nothing")
    words = ("train", small_set, *SMALL[:-1], "1", "--name", "mine")
    ended = subprocess.run(command(*words, home=home), capture_output=True, text=True, check=True)
    assert "1 file cannot be used as a picture and is left out." in ended.stderr
    assert "no usable picture of their own: empty." in ended.stderr
    head, row = ended.stdout.splitlines()
    assert head.split("\t")[0] == "model"
    assert row.split("\t")[:3] == ["mine", "scratch", "scratch"]
    assert "already a model called" in process_error_of(*words, home=home)


def interrupted(
    number: signal.Signals, *words: str | Path, home: Home
) -> subprocess.CompletedProcess[str]:
    """The command, which gets the signal once two epochs are done."""
    said = []
    with subprocess.Popen(
        command(*words, home=home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if line.startswith("epoch 2:") and not any("epoch 2:" in text for text in said[:-1]):
                os.kill(process.pid, number)
        process.wait()
    return subprocess.CompletedProcess(words, process.returncode, "", "".join(said))
