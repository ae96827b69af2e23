"""Library → Measure… by altered copies: made here, or those of a folder."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from generators import result_of
from measure_scene import (
    click_cell,
    opened,
    pick,
    row_texts,
    save,
    started,
)
from measuring import clipped, overlapping, too_small
from playing import LITE0, VGG16, Begin, Player, visible_text
from PySide6.QtCore import Qt

from finder.core.evaluation import alterations
from finder.core.evaluation.alteration_names import TITLES
from finder.core.library.catalogue.settings import Settings
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.gui.evaluation.measure_dialog import MeasureDialog
from finder.gui.evaluation.result_page import CopyResultPage, LabelResultPage
from finder.use_cases.evaluation.measure_copies import CopySource, measure_copies
from finder.workers.extractor_pools import open_extractors

DHASH = "dhash-64"


def by_copies(player: Player, *alterations: str, number: int = 4) -> MeasureDialog:
    """The dialog, about to measure copies that are altered in these ways."""
    dialog = opened(player)
    player.press("Altered copies", dialog)
    form = dialog.setup.copies
    form.number.setValue(number)
    for name, box in form.alterations.boxes.items():
        box.setChecked(name in alterations)
    return dialog


def copies_measured(player: Player, dialog: MeasureDialog) -> CopyResultPage:
    page = started(player, dialog)
    assert isinstance(page, CopyResultPage)
    return page


def only_model(dialog: MeasureDialog, *names: str) -> None:
    for name, box in dialog.setup.models.items():
        box.setChecked(name in names)


def test_the_figures_are_those_of_the_command_line(
    measuring: Player, library: Home, samples: Path
) -> None:
    page = copies_measured(measuring, by_copies(measuring, "cropped", "mirrored"))
    specs = measuring.controllers.library.overview.models
    expected = result_of(
        measure_copies(
            library,
            lambda: open_extractors(library),
            "a test",
            CopySource((str(samples),), number=4, alterations=("cropped", "mirrored")),
            [spec for spec in specs if spec.name in (LITE0, VGG16)],
            Metric.EUCLIDEAN,
        )
    )
    rankings = list(expected.rankings)
    assert [ranking.title for ranking in rankings] == ["EfficientNet-Lite0", "VGG16", "Combined"]
    for row, ranking in enumerate(rankings):
        means = ranking.summary.means
        title, mean, _, *others = row_texts(page.figures.table, row)
        assert (title, mean) == (ranking.title, f"{means['map']:.3f}")
        assert others[:4] == [f"{means[key]:.3f}" for key in ("r1", "r5", "r10", "ndcg10")]
    assert "8 altered copies among 80 pictures" in visible_text(page)
    tabs = [page.tabs.tabText(number) for number in range(page.tabs.count())]
    assert tabs == ["Figures", "Alterations", "Hardest"]
    assert page.figures.plot.isVisible()
    assert "the original" in page.figures.table.model().headerData(
        1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )


def test_copies_of_a_folder_are_searched_for(measuring: Player, samples: Path) -> None:
    """They are not searched among themselves."""
    dialog = opened(measuring)
    measuring.press("Altered copies", dialog)
    measuring.press("From a folder", dialog)
    assert not dialog.start.isEnabled(), "no folder is chosen"
    pick(measuring, dialog, "Choose a folder…", samples / "altered")
    only_model(dialog, LITE0)
    page = copies_measured(measuring, dialog)
    assert "13 altered copies among 67 pictures" in visible_text(page)
    assert row_texts(page.figures.table, 0)[:2] == ["EfficientNet-Lite0", "1.000"]
    page.tabs.setCurrentWidget(page.kinds)
    rows = page.kinds.table.heat
    kinds = [rows.headerData(row, Qt.Orientation.Vertical) for row in range(rows.rowCount())]
    assert set(kinds) == {"crop", "recompressed", "mirrored", "smaller", "grey", "brighter"}
    measuring.wait(lambda: "each original came first" in page.kinds.pictures.title.text())
    assert page.kinds.pictures.cards.rowCount() == 0
    page.tabs.setCurrentWidget(page.hardest)
    assert "each original came first" in page.hardest.pictures.title.text()


def test_what_came_before_an_original_is_shown(measuring: Player) -> None:
    """A difference hash does not find mirrored pictures."""
    dialog = by_copies(measuring, "mirrored", "compressed", number=12)
    only_model(dialog, DHASH)
    page = copies_measured(measuring, dialog)
    page.tabs.setCurrentWidget(page.kinds)
    cards = page.kinds.pictures.cards
    measuring.wait(lambda: cards.rowCount() > 0)
    assert "mirrored with dHash" in page.kinds.pictures.title.text(), "the hardest by itself"
    hardest = page.measured.measurement.hardest(page.measured.rankings[0].ranking, 1, "mirrored")[0]
    assert 0 < hardest.average_precision < 0.5
    assert cards.picture_at(0) == hardest.picture
    assert cards.picture_at(1) == hardest.wrong[0][0]
    assert hardest.picture not in [picture for picture, _ in hardest.wrong]
    click_cell(page.kinds.table, 1, 0)
    measuring.wait(lambda: "compressed with dHash" in page.kinds.pictures.title.text())
    page.tabs.setCurrentWidget(page.hardest)
    first = page.measured.rankings[0].hardest[0]
    assert page.hardest.pictures.cards.picture_at(0) == first.picture


def test_the_report_is_saved(measuring: Player, tmp_path: Path) -> None:
    dialog = by_copies(measuring, "mirrored", number=12)
    only_model(dialog, DHASH)
    page = copies_measured(measuring, dialog)
    save(measuring, dialog, tmp_path / "report.html")
    assert "Saved" in page.verdict.text
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "12 altered copies among 80 pictures" in html
    assert "By alteration" in html
    assert "data:image/jpeg;base64," in html
    assert "Confusion" not in html
    save(measuring, dialog, tmp_path / "figures.csv")
    with (tmp_path / "figures.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["ranking"], row["label"]) for row in rows] == [(DHASH, ""), (DHASH, "mirrored")]


def test_stopping_leaves_the_other_copies(
    measuring: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    altered_jpeg = alterations.altered_jpeg

    def count(*given: object) -> bytes:
        made.append(1)
        return altered_jpeg(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(alterations, "altered_jpeg", count)
    dialog = by_copies(measuring, *TITLES, number=80)
    only_model(dialog, LITE0)
    measuring.press("Start", dialog)
    measuring.wait(lambda: dialog.setup.status.text() == "Embedding the copies …")
    measuring.wait(lambda: dialog.setup.bar.value() > 0)
    measuring.press("Stop", dialog)
    measuring.wait(lambda: "was stopped" in dialog.setup.verdict.text)
    measuring.settle()
    assert len(made) < 80 * len(TITLES)
    assert dialog.result_page is None


@pytest.mark.parametrize("name", ["unknown.jpg", "kingfisher--crop.txt"])
def test_a_folder_without_copies_is_said(
    measuring: Player, samples: Path, tmp_path: Path, name: str
) -> None:
    shutil.copy(samples / "altered" / "kingfisher--crop.jpg", tmp_path / name)
    dialog = opened(measuring)
    measuring.press("Altered copies", dialog)
    dialog.setup.copies.set_altered(str(tmp_path))
    measuring.press("Start", dialog)
    measuring.wait(lambda: bool(dialog.setup.verdict.text))
    assert "no altered copies" in dialog.setup.verdict.text
    assert "sunset--crop.jpg" in dialog.setup.verdict.text, "the way out"


def test_without_an_original_or_an_alteration_nothing_can_start(measuring: Player) -> None:
    dialog = by_copies(measuring)
    assert not dialog.start.isEnabled()
    dialog.setup.copies.alterations.boxes["mixed"].setChecked(True)
    assert dialog.start.isEnabled()
    for box in dialog.setup.copies.folders.boxes.values():
        box.setChecked(False)
    assert not dialog.start.isEnabled()
    measuring.press("Labels", dialog)
    assert dialog.start.isEnabled(), "the folder of labels is another choice"


def test_copies_then_labels(measuring: Player) -> None:
    dialog = by_copies(measuring, "compressed", number=2)
    copies_measured(measuring, dialog)
    measuring.press("Measure again…", dialog)
    assert dialog.setup.is_by_copies, "as it was left"
    measuring.press("Labels", dialog)
    assert isinstance(started(measuring, dialog), LabelResultPage)


def test_the_forms_fit(begin: Begin, timed: Home) -> None:
    player = begin(timed, Settings(models_on=(LITE0,)))
    dialog = opened(player)
    for width, height in ((1_040, 760), (760, 540)):
        dialog.resize(width, height)
        for kind in ("Labels", "Altered copies"):
            player.press(kind, dialog)
            for source in {
                "Labels": ("CSV file", "Folders"),
                "Altered copies": ("From a folder", "Make them"),
            }[kind]:
                player.press(source, dialog)
                player.wait(lambda: not clipped(dialog))  # a longer sentence makes a row higher
                assert not too_small(dialog), (width, source)
                page = dialog.setup.form.widget()
                assert page is not None
                assert not overlapping(page), (width, source)
