"""Library → Teach… → Full: its keys, and how it looks, in both schemes and from right to left."""

from __future__ import annotations

from pathlib import Path

import pytest
from measuring import clipped, too_small
from playing import Player
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from train_scene import (
    full_way,
    started,
    trained,
    type_training_name,
)
from training_child import OUTCOME, OUTLINE, ChildDoes

from finder.gui.theme.theme import Scheme, apply_theme
from finder.gui.theme.tokens import DARK, LIGHT


def test_enter_in_the_name_starts(training: Player, child_does: ChildDoes, tmp_path: Path) -> None:
    child_does("epoch(1)\nhear()\n")
    _, page = full_way(training)
    page.form.set_folder(str(tmp_path))
    type_training_name(training, page, "plants")
    training.settle()
    QTest.keyClick(page.form.name, Qt.Key.Key_Return)
    assert page.is_busy


def test_tab_goes_from_top_to_bottom(training: Player) -> None:
    _, page = full_way(training)
    training.settle()
    form = page.form
    form.choose_folder.setFocus()
    order: list[QWidget | None] = [form.choose_folder]
    for _ in range(6):
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        order.append(QApplication.focusWidget())
    card = form.network
    assert order == [
        *(form.choose_folder, card.method.buttons[0], card.network, card.layers),
        *(card.epochs, form.name, form.more),
    ]


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_it_fits_in_a_small_window_in_both_schemes(
    training: Player, child_does: ChildDoes, tmp_path: Path, qapp: QApplication, scheme: Scheme
) -> None:
    child_does(OUTLINE + "epoch(1)\nepoch(2)\nassert hear() == KEEP\n" + OUTCOME)
    apply_theme(qapp, scheme)
    try:
        dialog, page = full_way(training)
        dialog.resize(846, 564)
        training.settle()
        assert dialog.width() == 846
        assert clipped(dialog) == too_small(dialog) == []
        page.form.set_folder(str(tmp_path))
        type_training_name(training, page, "plants")
        training.settle()
        training.press("Start", dialog)
        training.wait(lambda: page.view is not None and "epoch is 2" in page.view.best.text())
        view = page.view
        assert view is not None
        training.wait(lambda: view.plots.loss.height() > 150)
        assert clipped(dialog) == too_small(dialog) == []
        corner = view.plots.loss.grab().toImage()
        ground = (DARK if scheme is Scheme.DARK else LIGHT).card
        assert corner.pixelColor(corner.width() - 12, corner.height() - 8).name() == ground
        training.press("Stop and keep the best epoch", dialog)
        result = trained(training, page)
        training.settle()
        assert clipped(dialog) == too_small(dialog) == []
        assert not result.bars.grab().isNull()
        result.tabs.setCurrentIndex(1)
        assert clipped(dialog) == too_small(dialog) == []
        assert (dialog.width(), dialog.height()) == (846, 564)
    finally:
        apply_theme(qapp, Scheme.LIGHT)


def test_it_works_from_right_to_left(
    qapp: QApplication, training: Player, child_does: ChildDoes, tmp_path: Path
) -> None:
    child_does("assert hear() == KEEP\n" + OUTCOME)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        _, page, _ = started(training, tmp_path)
        training.controllers.teaching.training._keep()
        result = trained(training, page)
        image = result.bars.grab().toImage()
        ink = LIGHT.accent
        marks = [x for x in range(image.width()) if _has_ink(image, x, ink)]
        assert min(marks) > image.width() // 20, "bars begin at the right"
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def _has_ink(image: QImage, x: int, ink: str) -> bool:
    return any(image.pixelColor(x, y).name() == ink for y in range(image.height()))
