"""The preferences: each change applies at once and is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest
from one_model import ONE_MODEL, keep
from PIL import Image
from playing import BIRD, CAT, FAST, LITE0, LITE2, Begin, Player, visible_text
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QSpinBox
from pytestqt.qtbot import QtBot

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.paths import Home
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.grid.card_options import card_options
from finder.gui.grid.thumbnail_feed import THUMBNAIL_MEMORY
from finder.gui.library.removal.removed_dialog import RemovedDialog
from finder.gui.library.side_bar.skipped_dialog import SkippedDialog
from finder.gui.models.models_dialog import ModelsDialog
from finder.gui.preferences.preferences_dialog import PreferencesDialog
from finder.gui.theme.theme import Scheme, apply_theme, colours
from finder.gui.theme.tokens import DARK, HIT_AREA
from finder.use_cases.library.removed_pictures import find_pictures, remove_pictures
from finder.use_cases.search.recent_queries import recent_queries


@pytest.fixture(autouse=True)
def _as_before(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, Scheme.LIGHT)
    card_options().set_shows_names(False)


@pytest.fixture
def quick(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples, with one model."""
    return begin(library, ONE_MODEL)


def _open(player: Player) -> PreferencesDialog:
    player.window.actions_by_name["preferences"].trigger()
    dialog = player.dialog(PreferencesDialog)
    assert isinstance(dialog, PreferencesDialog)
    player.settle()
    return dialog


def _kept(home: Home) -> Settings:
    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue)


def _choose(control: SegmentedControl, text: str) -> None:
    QTest.mouseClick(
        next(button for button in control.buttons if button.text() == text),
        Qt.MouseButton.LeftButton,
    )


def test_the_key_opens_it_and_there_is_only_one(player: Player) -> None:
    QTest.keyClick(player.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    first = player.dialog(PreferencesDialog)
    player.window.actions_by_name["preferences"].trigger()
    assert player.window.findChildren(PreferencesDialog) == [first]
    player.wait(first.isActiveWindow)
    assert isinstance(first, PreferencesDialog)
    _assert_the_keyboard_reaches_each_section(first)
    QTest.keyClick(first, Qt.Key.Key_Escape)
    player.wait(lambda: not player.window.findChildren(PreferencesDialog))


def _assert_the_keyboard_reaches_each_section(dialog: PreferencesDialog) -> None:
    assert dialog.list.hasFocus()
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.pages.currentWidget() is dialog.library
    QTest.keyClick(dialog.list, Qt.Key.Key_Tab)
    assert dialog.library.open_folder.hasFocus()


def test_the_theme_changes_at_once_and_the_menu_follows(player: Player) -> None:
    dialog = _open(player)
    _choose(dialog.general.theme, "Dark")
    assert colours() is DARK
    assert player.controllers.theme_menu.actions[Scheme.DARK].isChecked()
    player.controllers.theme_menu.actions[Scheme.LIGHT].trigger()
    assert dialog.general.theme.choice() == "light"
    _choose(dialog.general.theme, "Dark")
    player.close()
    assert _kept(player.home).theme == "dark"


def test_names_are_on_all_cards_at_once_and_after_a_restart(filled: Player) -> None:
    page, view = filled.window.library_page, filled.window.library_page.view

    def is_complete() -> bool:
        """All that is visible has its thumbnail and its name."""
        rows = view.visible_rows()
        records = [page.model.record_at(row) for row in rows]
        loaded = [r for r in records if r is not None and filled.program.feed.pixmap(r.id)]
        return len(rows) == len(loaded) > 5

    def is_sharp() -> bool:
        """No card is a draft, as it may be for a moment where many appear at once."""
        view.viewport().grab()
        return not view._painter.covers.has_drafts

    filled.wait(view.verticalScrollBar().isVisible)
    filled.wait(is_complete)
    filled.settle()
    filled.wait(is_sharp)
    before = view.viewport().grab().toImage()
    dialog = _open(filled)
    _choose(dialog.general.names, "Always")
    assert view.viewport().grab().toImage() != before
    _choose(dialog.general.names, "When pointed at")
    assert view.viewport().grab().toImage() == before
    _choose(dialog.general.names, "Always")
    filled.close()
    assert _kept(filled.home).shows_names


def test_names_and_watching_are_the_same_switches_as_in_the_window(player: Player) -> None:
    box, dialog = player.bar.options.names, _open(player)
    _assert_watching_is_the_menus_switch(player, dialog)
    assert not box.isChecked()
    _choose(dialog.general.names, "Always")
    assert box.isChecked()
    box.click()
    assert not card_options().shows_names
    assert dialog.general.names.choice() == "hover"
    box.click()
    player.close()
    assert _kept(player.home).shows_names


def test_stored_names_are_shown_from_the_start(begin: Begin) -> None:
    begin(settings=Settings(models_on=FAST.models_on, shows_names=True))
    assert card_options().shows_names


def test_the_view_of_the_results_is_that_of_the_top_bar(filled: Player) -> None:
    dialog = _open(filled)
    _choose(dialog.general.view, "Best")
    assert filled.bar.views.choice() == "best"
    filled.wait(lambda: _kept(filled.home).results_view == "best", seconds=10)
    filled.bar.views.buttons[0].click()
    assert dialog.general.view.choice() == "compare"


def _assert_watching_is_the_menus_switch(player: Player, dialog: PreferencesDialog) -> None:
    action = player.window.actions_by_name["watch"]
    assert dialog.library.watch.isChecked()
    dialog.library.watch.click()
    assert not action.isChecked()
    assert not player.controllers.watching.enabled
    action.trigger()
    assert dialog.library.watch.isChecked()


def test_the_library_is_measured_and_its_folder_opened(
    filled: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    dialog = _open(filled)
    words = dialog.library.size_row.sentence.text()
    assert "MB, of which: thumbnails" in words
    assert "vectors" in words
    dialog.library.open_folder.click()
    assert opened == [str(filled.home.root)]


def test_a_larger_limit_takes_in_what_was_too_large(begin: Begin, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (1_500, 1_000), "red").save(folder / "large.png")
    home = Home(tmp_path / "library")
    keep(home, Settings(models_on=FAST.models_on, max_megapixels=1))
    player = begin(home, FAST)
    player.controllers.library.add_folders([str(folder)])
    player.indexed()
    player.wait(lambda: player.controllers.library.overview.skipped == 1)
    dialog = _open(player)
    assert dialog.library.limit.value() == 1
    assert "1 file could not be used." in dialog.library.skipped_row.sentence.text()
    dialog.library.limit.setValue(2)
    player.wait(lambda: player.controllers.library.overview.pictures == 1)
    assert _kept(home).max_megapixels == 2
    assert dialog.library.skipped_row.sentence.text() == "None."
    assert not dialog.library.skipped_button.isEnabled()


def test_a_limit_is_kept_although_the_dialog_is_closed_at_once(player: Player) -> None:
    dialog = _open(player)
    dialog.library.limit.setValue(77)
    dialog.close()
    player.wait(lambda: _kept(player.home).max_megapixels == 77, seconds=10)


def test_skipped_files_and_models_are_opened_from_it(begin: Begin, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "broken.jpg").write_bytes(b"no picture")
    player = begin(settings=FAST)
    player.controllers.library.add_folders([str(folder)])
    player.indexed()
    player.wait(lambda: player.controllers.library.overview.skipped == 1)
    dialog = _open(player)
    dialog.library.skipped_button.click()
    player.dialog(SkippedDialog).close()
    dialog.models.manage.click()
    player.dialog(ModelsDialog).close()


def test_removed_pictures_are_listed_and_brought_back(
    begin: Begin, bird_library: Home, tmp_path: Path
) -> None:
    bird = tmp_path / "birds" / "kingfisher.jpg"
    remove_pictures(bird_library, find_pictures(bird_library, [str(bird)]), "test")
    player = begin(bird_library, FAST)
    before = player.controllers.library.overview.pictures
    dialog = _open(player)
    assert "1 picture that you removed" in dialog.library.removed_row.sentence.text()
    dialog.library.removed_button.click()
    removed = player.dialog(RemovedDialog)
    assert isinstance(removed, RemovedDialog)
    assert not removed.bring_back.isEnabled()
    item = removed.list.topLevelItem(0)
    assert item is not None
    assert (item.text(0), item.text(1)) == (bird.name, str(bird.parent))
    removed.list.selectAll()
    player.press("Bring back", removed)
    player.wait(lambda: player.controllers.library.overview.pictures == before + 1)
    assert player.controllers.library.overview.removed == 0
    assert dialog.library.removed_row.sentence.text() == "None."


def test_the_models_that_index_are_those_of_the_models_menu(filled: Player) -> None:
    dialog = _open(filled)
    boxes, row = dialog.models.boxes, filled.bar.models.rows[1]
    assert row.spec.name == LITE2
    assert boxes[LITE2].isChecked()
    boxes[LITE2].click()
    assert not row.on.isChecked()
    row.on.click()
    assert boxes[LITE2].isChecked()


def test_what_computes_can_be_chosen_only_where_there_is_a_choice(player: Player) -> None:
    dialog = _open(player)
    _assert_one_model_stays_on(dialog)
    dialog.list.setCurrentRow(2)
    dialog.models.show_providers(["cpu"])
    assert not dialog.models.provider.isVisible()
    dialog.models.show_providers(["cuda", "cpu"])
    assert dialog.models.provider.isVisible()
    texts = [dialog.models.provider.itemText(at) for at in range(3)]
    assert texts == ["Fastest", "cuda", "Processor"]
    dialog.models.provider.setFocus()
    QTest.keyClick(dialog.models.provider, Qt.Key.Key_Down)
    player.wait(lambda: _kept(player.home).provider == "cuda", seconds=10)


def _assert_one_model_stays_on(dialog: PreferencesDialog) -> None:
    box = dialog.models.boxes[LITE0]
    assert box.isChecked()
    assert not box.isEnabled()
    assert "At least one model" in box.toolTip()


def test_thumbnails_get_less_memory_at_once(
    filled: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, feed = filled.window.library_page, filled.program.feed

    def loaded() -> list[int]:
        pictures = [page.model.picture_at(row) for row in range(page.view.count())]
        return [p for p in pictures if p is not None and feed.pixmap(p) is not None]

    filled.wait(lambda: len(loaded()) > 5)
    filled.settle()
    dialog = _open(filled)
    monkeypatch.setitem(THUMBNAIL_MEMORY, "small", 300_000)
    _choose(dialog.memory.thumbnails, "Small")
    assert 0 < len(loaded()) <= 3
    filled.wait(lambda: _kept(filled.home).thumbnail_memory == "small", seconds=10)


def test_recent_searches_can_be_cleared(quick: Player, samples: Path) -> None:
    quick.ask(samples / BIRD)
    quick.ask(samples / CAT)
    assert [one.isVisible() for one in quick.window.hero.recent.buttons][:1] == [True]
    dialog = _open(quick)
    dialog.list.setCurrentRow(3)
    quick.press("Clear", dialog)
    assert "Cleared." in visible_text(dialog)
    assert not quick.window.hero.recent.isVisible()
    quick.settle()
    assert recent_queries(quick.home) == []


def test_restored_settings_are_applied(player: Player) -> None:
    dialog = _open(player)
    player.controllers.preferences.apply_settings(Settings(shows_names=True, max_megapixels=50))
    assert card_options().shows_names
    assert dialog.library.limit.value() == 50


@pytest.mark.parametrize("direction", list(Qt.LayoutDirection)[:2])
def test_all_of_it_can_be_read_named_and_clicked(
    qapp: QApplication, begin: Begin, library: Home, direction: Qt.LayoutDirection
) -> None:
    qapp.setLayoutDirection(direction)
    try:
        player = begin(library)
        dialog = _open(player)
        dialog.resize(640, 480)
        for row, section in enumerate(dialog.sections):
            dialog.list.setCurrentRow(row)
            player.wait(section.isVisible)
            page = section.widget()
            assert page is not None
            assert page.width() <= section.viewport().width()
            for kind in (QAbstractButton, QComboBox, QSpinBox):
                for widget in section.findChildren(kind):
                    if not widget.isVisible():
                        continue
                    assert widget.accessibleName() or widget.text(), widget  # type: ignore[attr-defined]
                    assert widget.height() >= HIT_AREA - 4, widget
                    assert widget.width() >= min(HIT_AREA, widget.sizeHint().width()), widget
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_building_it_opens_no_other_window(qapp: QApplication, qtbot: QtBot) -> None:
    """A widget that is shown before it has a parent is a window for a moment."""

    class Shown(QObject):
        windows: ClassVar[list[QObject]] = []

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Show and watched.isWidgetType():
                self.windows.append(watched)
            return False

    shown = Shown()
    qapp.installEventFilter(shown)
    try:
        qtbot.addWidget(PreferencesDialog("/library", None))
    finally:
        qapp.removeEventFilter(shown)
    assert Shown.windows == []
