"""Training small networks on small pictures: curves, stopping, going on, and what goes wrong."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from training_tools import curve, finished, prepared, settings_for, skip_without_torch

from finder.core.errors import FinderError
from finder.core.paths import Home
from finder.core.training.settings import Epoch, Method, Settings, best_of

skip_without_torch()

import torch  # noqa: E402

from finder.convert.vision import import_torchvision  # noqa: E402
from finder.train.classifier import layer_groups  # noqa: E402
from finder.train.devices import fitting_batch  # noqa: E402
from finder.train.loop import _label_weights  # noqa: E402
from finder.train.training import prepare  # noqa: E402


def test_a_seed_gives_the_same_curve_and_another_one_another(labelled: Path, home: Home) -> None:
    curves = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        with closing(prepared(home, settings_for(labelled, name, seed=seed))) as training:
            finished(training.run())
            curves.append(curve(training.epochs))
    assert len(curves[0]) == 3
    assert curves[0] == curves[1] != curves[2]


def test_an_interrupted_training_goes_on_to_the_same_curve(labelled: Path, home: Home) -> None:
    whole = settings_for(labelled, "whole", optimiser="sgd", epochs=4)
    with closing(prepared(home, whole)) as training:
        finished(training.run())
        expected = curve(training.epochs)
        state = training.classifier.state()
    parted = replace(whole, name="parted")
    for steps in (3, 9):  # in the first epoch, and in a later one
        with closing(prepared(home, parted)) as training, closing(training.run()) as run:
            for _ in range(steps):
                next(run)
            done = len(training.epochs)
    assert 0 < done < 4
    with closing(prepared(home, parted)) as training:
        assert len(training.epochs) == done
        finished(training.run())
        assert curve(training.epochs) == expected
        for name, value in training.classifier.state().items():
            assert torch.equal(value, state[name]), name


def test_stopping_keeps_the_best_epoch(labelled: Path, home: Home) -> None:
    settings = settings_for(labelled, epochs=50)
    with closing(prepared(home, settings)) as training:
        with closing(training.run()) as run:
            while len(training.epochs) < 2:
                next(run)
        model = finished(training.keep())
    assert model.card["epochs"] == 2
    assert model.card["best_epoch"] == best_of(training.epochs).number
    assert not (home.trainings / "mine").exists()
    with pytest.raises(FinderError, match="already a model called"):
        prepared(home, settings)


def test_the_first_epoch_with_the_lowest_validation_loss_is_the_best() -> None:
    losses = (0.9, 0.5, 0.7, 0.5, 0.6)
    epochs = tuple(Epoch(n, 0.1, 1.0, loss, 0.5, 1.0) for n, loss in enumerate(losses, start=1))
    assert best_of(epochs).number == 2


def test_the_weights_that_are_kept_are_those_of_the_best_epoch(labelled: Path, home: Home) -> None:
    """With a rate that ruins what was learned, the first epochs are the best."""
    settings = settings_for(labelled, rate=0.5, epochs=6, optimiser="sgd")
    with closing(prepared(home, settings)) as training:
        states: list[dict[str, Any]] = []
        for step in training.run():
            if len(step.epochs) > len(states):
                states.append(training.classifier.state())
        best = best_of(training.epochs).number
        assert best < len(training.epochs)
        finished(training.keep())
        for name, value in training.classifier.state().items():
            assert torch.equal(value, states[best - 1][name]), name


def test_it_ends_once_nothing_is_gained_any_more(labelled: Path, home: Home) -> None:
    settings = settings_for(labelled, rate=0.5, epochs=60, patience=2, optimiser="sgd")
    with closing(prepared(home, settings)) as training:
        finished(training.run())
        assert len(training.epochs) == best_of(training.epochs).number + 2 < 60
        assert not list(training.run())


def test_pausing_is_not_counted_as_work(labelled: Path, home: Home, monkeypatch: Any) -> None:
    now = [0.0]
    monkeypatch.setattr("finder.train.loop.time.monotonic", lambda: now[0])
    with closing(prepared(home, settings_for(labelled, epochs=1))) as training:
        for _ in training.run():
            now[0] += 1_000.0
        assert training.epochs[0].seconds == 0.0


def test_out_of_memory_is_a_sentence_and_loses_nothing(
    labelled: Path, home: Home, monkeypatch: Any
) -> None:
    settings = settings_for(labelled)
    with closing(prepared(home, settings)) as training:
        run = training.run()
        while not training.epochs:
            next(run)

        def fail(*_: object) -> None:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried …")

        with monkeypatch.context() as patched:
            patched.setattr(training.classifier, "forward", fail)
            with pytest.raises(FinderError, match="enough memory to learn from 8") as caught:
                finished(run)
    assert "--batch 4" in caught.value.hint
    with closing(prepared(home, replace(settings, batch=4))) as training:
        assert len(training.epochs) == 1
        finished(training.run())
        assert len(training.epochs) == 3


def test_other_errors_of_pytorch_are_no_lack_of_memory(
    labelled: Path, home: Home, monkeypatch: Any
) -> None:
    with closing(prepared(home, settings_for(labelled))) as training:

        def fail(*_: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(training.classifier, "forward", fail)
        with pytest.raises(RuntimeError, match="a bug"):
            finished(training.run())


def test_a_training_that_explodes_says_so(labelled: Path, home: Home) -> None:
    with closing(prepared(home, settings_for(labelled))) as training:
        with torch.no_grad():
            training.classifier.head.bias.fill_(float("nan"))
        with pytest.raises(FinderError, match="unstable in epoch 1") as caught:
            finished(training.run())
    assert caught.value.hint == "Use a lower --rate than 0.001."


def test_one_that_explodes_later_has_epochs_to_forget(labelled: Path, home: Home) -> None:
    with closing(prepared(home, settings_for(labelled))) as training:
        run = training.run()
        while not training.epochs:
            next(run)
        with torch.no_grad():
            training.classifier.head.bias.fill_(float("nan"))
        with pytest.raises(FinderError, match="unstable in epoch 2") as caught:
            finished(run)
    assert "--restart" in caught.value.hint


def test_a_full_disk_is_a_sentence_and_the_epoch_before_stays(
    labelled: Path, home: Home, monkeypatch: Any
) -> None:
    with closing(prepared(home, settings_for(labelled))) as training:
        run = training.run()
        while not training.epochs:
            next(run)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("finder.train.run_folder.os.replace", full)
            with pytest.raises(FinderError, match="could not be saved"):
                finished(run)
    with closing(prepared(home, settings_for(labelled))) as training:
        assert len(training.epochs) == 1
    assert not list((home.trainings / "mine").glob("*.part"))


def test_a_damaged_state_can_be_forgotten(labelled: Path, home: Home) -> None:
    settings = settings_for(labelled, epochs=2)
    with closing(prepared(home, settings)) as training, closing(training.run()) as run:
        while not training.epochs:
            next(run)
    (home.trainings / "mine" / "last.pt").write_bytes(b"no state")
    with pytest.raises(FinderError, match="damaged") as caught:
        prepared(home, settings)
    assert "--restart" in caught.value.hint
    with closing(prepared(home, settings, restart=True)) as training:
        assert not training.epochs


def test_what_cannot_begin_again_loses_nothing(labelled: Path, home: Home) -> None:
    settings = settings_for(labelled, epochs=2)
    with closing(prepared(home, settings)) as training, closing(training.run()) as run:
        while not training.epochs:
            next(run)
    others: tuple[tuple[dict[str, object], str], ...] = (
        ({"folder": str(labelled / "fish")}, "two labels with three pictures"),
        ({"base": "resnet19"}, "no network called"),
    )
    for changed, message in others:
        with pytest.raises(FinderError, match=message):
            prepared(home, replace(settings, **changed), restart=True)  # type: ignore[arg-type]
    with closing(prepare(home, settings, restart=True)) as preparing:
        next(preparing)  # stopped while it prepares
    with closing(prepared(home, settings)) as training:
        assert len(training.epochs) == 1


def test_the_step_that_downloads_is_said(labelled: Path, home: Home, monkeypatch: Any) -> None:
    """Nothing is fetched here: the step is said before that, and not if the weights are there."""
    hub = home.root / "hub"
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(hub))
    scratch = settings_for(labelled)
    finetuned = replace(scratch, base="resnet18", method=Method.FINETUNE)

    def second_step(settings: Settings) -> str:
        with closing(prepare(home, settings)) as preparing:
            next(preparing)
            return next(preparing).doing

    assert second_step(finetuned) == "Downloading the weights …"
    assert "Downloading" not in second_step(scratch)
    models = import_torchvision().models
    (hub / "checkpoints").mkdir(parents=True)
    name = models.ResNet18_Weights.DEFAULT.url.rpartition("/")[2]
    torch.save(models.resnet18(weights=None).state_dict(), hub / "checkpoints" / name)
    assert "Downloading" not in second_step(finetuned)


def test_weights_may_be_a_relative_file(labelled: Path, home: Home, monkeypatch: Any) -> None:
    resnet = import_torchvision().models.resnet18(weights=None)
    place = home.root.parent / "weights"
    place.mkdir()
    torch.save(resnet.state_dict(), place / "w.pth")
    settings = settings_for(labelled, base="resnet18", method=Method.TRANSFER, epochs=1)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.chdir(place)
    for weights in ("w.pth", "~/w.pth"):
        with closing(prepared(home, replace(settings, weights=weights))) as training:
            assert training.record["settings"]["weights"] == str(place / "w.pth")
    with pytest.raises(FinderError, match=r"There is no file x\.pth") as caught:
        prepared(home, replace(settings, weights="x.pth"))
    assert "one of these: imagenet, IMAGENET1K_V1" in caught.value.hint


def test_only_the_same_training_goes_on(labelled: Path, home: Home, tmp_path: Path) -> None:
    copy = shutil.copytree(labelled, tmp_path / "copy")
    settings = settings_for(copy)
    with closing(prepared(home, settings)) as training:
        with pytest.raises(FinderError, match="is running"):
            prepared(home, settings)
        with closing(training.run()) as run:
            while not training.epochs:
                next(run)
    with pytest.raises(FinderError, match="other settings: epochs, seed"):
        prepared(home, replace(settings, epochs=9, seed=5))
    next((copy / "fish").iterdir()).unlink()
    with pytest.raises(FinderError, match="have changed since"):
        prepared(home, settings)
    with closing(prepared(home, settings, restart=True)) as training:
        assert not training.epochs


def test_labels_count_the_same_where_they_are_uneven() -> None:
    cpu = torch.device("cpu")
    assert _label_weights([10, 12, 14], cpu) is None
    weights = _label_weights([10, 40], cpu)
    assert weights.tolist() == pytest.approx([2.5, 0.625])


def test_the_number_of_pictures_at_a_time_follows_the_memory() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3, padding=1), torch.nn.ReLU())
    sizes = [fitting_batch(network, 64, 64, memory) for memory in (10**7, 5 * 10**8, 10**11)]
    assert sizes[0] == 4 < sizes[1] < sizes[2] == 32


@pytest.mark.parametrize(
    ("method", "layers", "trained"),
    [(Method.TRANSFER, None, 0), (Method.FINETUNE, 2, 2), (Method.FINETUNE, None, 21)],
)
def test_only_the_chosen_layers_learn(
    method: Method, layers: int | None, trained: int, labelled: Path, home: Home, monkeypatch: Any
) -> None:
    from finder.convert import vision

    def random_weights(name: str, weights: str, side: int | None = None) -> object:
        return vision.vision(name, "random", side)

    monkeypatch.setattr("finder.train.bases.vision", random_weights)
    settings = settings_for(labelled, base="resnet18", method=method, layers=layers, epochs=1)
    with closing(prepared(home, settings)) as training:
        network = training.classifier.network
        before = {name: value.clone() for name, value in network.state_dict().items()}
        finished(training.run())
        after = network.state_dict()
        groups = [
            any(
                weights.requires_grad
                for part in group
                for weights in part.parameters(recurse=False)
            )
            for group in layer_groups(network)
        ]
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert sum(groups) == min(trained, len(groups))
    assert groups[len(groups) - sum(groups) :] == [True] * sum(groups)
    assert not any("running" in name for name in changed)
    assert bool(changed) == bool(trained)


def test_what_cannot_be_trained_so_is_a_sentence(labelled: Path, home: Home) -> None:
    lite = {"base": "efficientnet-lite0"}
    for others, message in (
        ({"method": Method.TRANSFER}, "learned nothing that could be transferred"),
        ({**lite}, "has weights already"),
        ({**lite, "method": Method.FINETUNE, "layers": 500}, "49 layers only"),
        ({**lite, "method": Method.TRANSFER, "layers": 5}, "says how many layers are fine-tuned"),
        ({"base": "resnet19"}, "no network called"),
        ({"base": "pixels", "method": Method.FINETUNE}, "cannot be trained: it has no network"),
        (
            {"base": "resnet18", "method": Method.TRANSFER, "weights": "random"},
            "random weights has learned nothing",
        ),
        ({"name": "My model"}, "not a valid model name"),
        ({"name": "vgg16"}, "already a model"),
        ({"folder": str(labelled / "none")}, "There is no folder"),
        ({"folder": str(labelled / "fish")}, "two labels with three pictures"),
    ):
        with pytest.raises(FinderError, match=message) as caught:
            prepared(home, settings_for(labelled, **others))
        assert caught.value.hint
        assert not list(home.trainings.glob("*")), others
