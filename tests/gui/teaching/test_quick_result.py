"""What the teach dialog says of what was taught, and that it promises nothing more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from playing import LITE0, visible_text
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from finder.core.evaluation.bootstrap import Interval
from finder.core.evaluation.measurement import LeftOut
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.teaching.heads import Method
from finder.core.teaching.report import GroupReport
from finder.core.teaching.words import taught_words
from finder.gui.teaching.gain_plot import GainPlot
from finder.gui.teaching.quick_result import QuickResult
from finder.gui.teaching.teach_dialog import TeachDialog
from finder.gui.theme.theme import Scheme, apply_theme
from finder.gui.theme.tokens import DARK, LIGHT
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.evaluation.teach_model import Taught, TeachingWish, teach_model
from finder.workers.extractor_pools import open_extractors

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
SURELY, UNSURE, WORSE = Interval(0.02, 0.2), Interval(-0.1, 0.2), Interval(-0.2, -0.02)
Show = Callable[[Taught], QuickResult]


@pytest.fixture(scope="session")
def taught_samples(
    indexed_samples: Home,
    samples: Path,
    fast_spec: ModelSpec,
    tmp_path_factory: pytest.TempPathFactory,
) -> Taught:
    """The samples' folders, really taught."""
    home = Home(tmp_path_factory.mktemp("taught") / "home")
    shutil.copytree(indexed_samples.root, home.root)
    wish = TeachingWish("my-labels", (fast_spec,), (Method.DISCRIMINANT,))
    extractors = partial(open_extractors, home)
    run = teach_model(home, extractors, "a test", LabelSource((str(samples),)), wish)
    while True:
        try:
            next(run)
        except StopIteration as stop:
            taught: Taught = stop.value
            return taught


@pytest.fixture
def show(host: QWidget, fast_spec: ModelSpec) -> Show:
    def show(taught: Taught) -> QuickResult:
        page = QuickResult(taught, [fast_spec], {LITE0: "#2f9e8f"})
        page.setParent(host)
        page.resize(900, 640)
        page.show()
        QApplication.processEvents()
        return page

    return show


def judged(taught: Taught, pictures: Interval, labels: Interval | None) -> Taught:
    """The same with other intervals of the gains; None: no label was left out."""

    def group(before: GroupReport, interval: Interval) -> GroupReport:
        return replace(before, gain=replace(before.gain, interval=interval))

    report = taught.report
    assert report.labels is not None
    report = replace(
        report,
        pictures=group(report.pictures, pictures),
        labels=group(report.labels, labels) if labels is not None else None,
    )
    return replace(taught, report=report)


@pytest.mark.parametrize(
    ("pictures", "labels", "title", "more"),
    [
        (SURELY, SURELY, "surely better than EfficientNet-Lite0", "surely better, too"),
        (SURELY, WORSE, "surely better than", "use it for these labels only"),
        (SURELY, UNSURE, "surely better than", "is not sure"),
        (UNSURE, UNSURE, "show no sure gain over EfficientNet-Lite0", "more pictures of each"),
        (WORSE, WORSE, "surely worse than EfficientNet-Lite0", "Do not use it"),
        (SURELY, None, "surely better than", "needs at least four labels"),
    ],
)
def test_it_says_plainly_whether_there_is_a_gain(
    taught_samples: Taught,
    show: Show,
    pictures: Interval,
    labels: Interval | None,
    title: str,
    more: str,
) -> None:
    page = show(judged(taught_samples, pictures, labels))
    assert title in page.outcome.text
    assert more in page.outcome.text
    assert len(page.tables) == (1 if labels is None else 2)
    text = visible_text(page)
    assert ("at least four labels are needed to leave some out" in text) == (labels is None)


def test_the_words_are_those_of_the_command_line(taught_samples: Taught, show: Show) -> None:
    page = show(judged(taught_samples, UNSURE, WORSE))
    text = visible_text(page)
    gain = taught_samples.report.pictures.gain.value
    assert f"{gain:+.3f} [-0.100, +0.200] in " in text
    assert "no difference to EfficientNet-Lite0 that these pictures can show" in text
    assert "surely worse than EfficientNet-Lite0" in text
    assert "13 labels, 80 pictures: linear discriminant" in text
    assert "“my-labels” was taught, from EfficientNet-Lite0" in text
    (plot,) = page.findChildren(GainPlot)
    spoken = plot.accessibleDescription()
    assert f"New pictures of taught labels: {gain:+.3f} (-0.100 – +0.200)" in spoken


def test_each_amount_has_its_own_plural() -> None:
    """And separators, as all other numbers have."""
    words = [taught_words(*amounts, Method.SOFTMAX, 12) for amounts in ((1, 1), (1_200, 4_800))]
    assert words[0] == "1 label, 1 picture: softmax head, vectors of 12 numbers"
    assert words[1].startswith("1,200 labels, 4,800 pictures: ")


def test_it_says_what_was_left_out(taught_samples: Taught, show: Show) -> None:
    page = show(replace(taught_samples, left_out=LeftOut(3, 1, 0), few=2))
    text = visible_text(page)
    assert "3 labelled files are left out" in text
    assert "2 pictures are left out: their labels have too few." in text
    assert not page.index.isVisible(), "no picture lacks a vector"


def test_pictures_without_a_vector_can_be_indexed(
    taught_samples: Taught, show: Show, qtbot: QtBot
) -> None:
    page = show(replace(taught_samples, lacking=7))
    assert page.index.text() == "Index 7 pictures with it now"
    with qtbot.waitSignal(page.index_requested):
        page.index.click()
    assert not page.index.isEnabled()


def test_the_plot_follows_the_theme(taught_samples: Taught, show: Show, qapp: QApplication) -> None:
    (plot,) = show(judged(taught_samples, SURELY, WORSE)).findChildren(GainPlot)

    def colours() -> set[str]:
        image = plot.grab().toImage()
        return {
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
        }

    try:
        for scheme, expected in ((Scheme.LIGHT, LIGHT), (Scheme.DARK, DARK)):
            apply_theme(qapp, scheme)
            QApplication.processEvents()
            assert {expected.card, expected.success, expected.danger} <= colours()
            axis = plot._plot.getAxis("bottom")
            assert axis.tickStrings([0.1], axis.autoSIPrefixScale, 0.1) == ["0.1"]
    finally:
        apply_theme(qapp, Scheme.LIGHT)


# The dialog's ways


def test_there_is_a_choice_once_there_are_two_ways(qtbot: QtBot) -> None:
    dialog = TeachDialog(None)
    qtbot.addWidget(dialog)
    pages = [QLabel(text) for text in ("quick", "full")]
    actions = QLabel("start")
    dialog.add_way("Quick", pages[0], actions)
    dialog.show()
    assert dialog.ways is None
    dialog.add_way("Full", pages[1])
    assert dialog.ways is not None
    assert pages[0].isVisible()
    assert actions.isVisible()
    dialog.ways.buttons[1].click()
    assert pages[1].isVisible()
    assert not pages[0].isVisible()
    assert not actions.isVisible()
    dialog.ways.buttons[0].click()
    assert pages[0].isVisible()
    assert actions.isVisible()
