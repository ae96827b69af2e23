"""Library → Teach… → Full with the real process: a network is trained, and becomes a model of the
library."""

from __future__ import annotations

from pathlib import Path

import pytest
from playing import LITE0, Begin
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from train_scene import started, trained
from training_tools import skip_without_torch

from finder.core.library.catalogue.settings import Settings
from finder.core.models.manifest import load_spec
from finder.core.paths import Home
from finder.core.training.settings import Method
from finder.gui.teaching.training_page import TrainingPage
from finder.gui.teaching.training_view import TrainingView

skip_without_torch()

pytestmark = pytest.mark.timeout(600)


def test_a_network_is_trained_in_the_window(
    begin: Begin, shared_birds: Home, labelled: Path
) -> None:
    """Its method is chosen by keys; stopped before an epoch is done, it leaves nothing."""
    player = begin(shared_birds, Settings(models_on=(LITE0,)))
    dialog, page, view = started(player, labelled)
    assert page.form.settings().method is Method.FINETUNE
    player.wait(lambda: view.status.words.text() != "Starting …", seconds=60)
    player.press("Stop", dialog)
    player.wait(lambda: "was stopped" in page.verdict.text)
    assert not list(shared_birds.trainings.glob("*/*.pt"))
    form = page.form
    QTest.keyClick(form.network.method, Qt.Key.Key_End)
    for field, value in (
        (form.network.epochs, 400),
        (form.advanced.patience, 400),
        (form.advanced.side, 32),
        (form.advanced.batch, 8),
    ):
        field.setValue(value)
    player.press("Start", dialog)
    view = shown_view(page)
    player.wait(lambda: "epoch 3:" in view.plots.loss.accessibleDescription(), seconds=120)
    assert "3 labels" in view.outline.text()
    player.press("Pause", dialog)
    assert view.status.words.text().startswith("Paused · Epoch")
    player.press("Stop and keep the best epoch", dialog)
    result = trained(player, page)
    player.wait(page.index.isEnabled)
    card = load_spec(shared_birds.models / "plants").extra["trained"]
    assert card["method"] == "scratch"
    assert 3 <= card["epochs"] < 400
    assert result.table.model().index(0, 0).data() == "plants"
    assert "plants" in [spec.name for spec in player.controllers.library.overview.models]
    player.press("Index with it now", dialog)
    player.wait(lambda: player.controllers.library.indexing.busy)
    player.wait(lambda: not player.controllers.library.indexing.busy)
    player.settle()
    overview = player.controllers.library.overview
    assert overview.indexed_by("plants") == overview.pictures > 0


def shown_view(page: TrainingPage) -> TrainingView:
    assert page.view is not None
    return page.view
