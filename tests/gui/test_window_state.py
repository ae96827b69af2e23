"""What the window remembers until the next start."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from playing import LITE0, VGG16, Begin, Player
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QApplication

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.paths import Home
from finder.core.search.distance import Metric


def _kept(home: Home) -> Settings:
    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue)


def test_choices_are_restored(begin: Begin, library: Home, samples: Path) -> None:
    first = begin(library)
    first.bar.models.rows[1].box.click()
    first.bar.top.setValue(17)
    first.bar.metric_box.setCurrentIndex(first.bar.metric_box.findData(str(Metric.IP)))
    first.bar.thumb_size.setValue(200)
    first.window.library_page.order.setCurrentIndex(2)
    first.window.resize(1_000, 700)
    first.close()
    kept = _kept(library)
    again = begin(library, kept, size=(1_000, 700))
    assert [spec.name for spec in again.bar.models.chosen()] == [LITE0, VGG16]
    assert again.bar.models.text() == "Models: 2 of 3"
    assert again.bar.top.value() == 17
    assert again.bar.metric_box.currentData() == str(Metric.IP)
    assert again.bar.thumb_size.value() == 200
    assert again.window.library_page.order.currentText() == "By name"
    listed = again.window.library_page.model
    again.wait(lambda: listed.record_at(0) is not None and listed.record_at(1) is not None)
    shown = [Path(record.paths[0]).name for row in (0, 1) if (record := listed.record_at(row))]
    assert (
        shown
        == sorted(path.name for path in samples.rglob("*.*") if path.suffix in (".jpg", ".png"))[:2]
    )


def test_the_windows_geometry_is_kept(begin: Begin, home: Home) -> None:
    first = begin(home, size=(800, 640))
    first.close()
    again = Player(first.qtbot, home, _kept(home))
    try:
        assert (again.window.width(), again.window.height()) == (800, 640)
    finally:
        again.end()


def test_a_damaged_geometry_is_ignored(begin: Begin, home: Home) -> None:
    player = begin(home, Settings(geometry="no geometry", splitter="$$$"))
    assert player.window.isVisible()
    assert isinstance(player.window.saveGeometry(), QByteArray)


def test_choices_are_stored_at_once(begin: Begin, library: Home) -> None:
    player = begin(library)
    player.bar.top.setValue(33)
    player.wait(lambda: _kept(library).top == 33, seconds=10)


def test_the_models_that_index_are_stored(begin: Begin, library: Home) -> None:
    player = begin(library)
    player.bar.models.rows[2].on.click()
    player.close()
    assert VGG16 not in (_kept(library).models_on or (VGG16,))


def test_a_closed_window_leaves_no_widget_behind(begin: Begin, home: Home) -> None:
    """What is left would be restyled by every change of theme."""
    before = len(QApplication.allWidgets())
    player = begin(home)
    player.close()
    assert len(QApplication.allWidgets()) == before
