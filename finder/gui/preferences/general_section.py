"""Preferences: how the program looks, and how much memory it takes for thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow
from finder.gui.grid.thumbnail_feed import NORMAL, THUMBNAIL_MEMORY

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings

ALWAYS, ON_HOVER = "always", "hover"


class GeneralSection(Section):
    """The signal `chosen` of each control says what the user has chosen."""

    def __init__(self) -> None:
        super().__init__(tr("General"), "settings")
        self.theme = SegmentedControl(
            tr("Theme"),
            [
                ("system", tr("System"), "monitor"),
                ("light", tr("Light"), "sun"),
                ("dark", tr("Dark"), "moon"),
            ],
        )
        self.names = SegmentedControl(
            tr("Names on pictures"),
            [(ON_HOVER, tr("When pointed at"), ""), (ALWAYS, tr("Always"), "")],
        )
        self.view = SegmentedControl(
            tr("Results of several models"),
            [("compare", tr("Compare"), "columns-3"), ("best", tr("Best"), "grid-2x2")],
        )
        self.add(
            SettingCard(
                SettingRow(tr("Theme"), tr("“System” follows your desktop."), self.theme),
                SettingRow(tr("Names on pictures"), "", self.names),
                SettingRow(
                    tr("Results of several models"),
                    tr("The models side by side, or one grid of the best matches."),
                    self.view,
                ),
            )
        )

    def show_settings(self, settings: Settings) -> None:
        self.theme.choose(settings.theme)
        self.names.choose(ALWAYS if settings.shows_names else ON_HOVER)
        self.view.choose(settings.results_view)


class MemorySection(Section):
    """The signal `chosen` of the control says what the user has chosen."""

    def __init__(self) -> None:
        super().__init__(tr("Memory"), "cpu")
        sizes = [tr("{n:,} MB").format(n=size // 1_000_000) for size in THUMBNAIL_MEMORY.values()]
        self.thumbnails = SegmentedControl(
            tr("Memory for thumbnails"),
            [("small", tr("Small"), ""), (NORMAL, tr("Normal"), ""), ("large", tr("Large"), "")],
            sizes,
        )
        self.add(
            SettingCard(
                SettingRow(
                    tr("Memory for thumbnails"),
                    tr(
                        "At most {small}, {normal} or {large}. With more, pictures that you have "
                        "scrolled past are shown again at once."
                    ).format(small=sizes[0], normal=sizes[1], large=sizes[2]),
                    self.thumbnails,
                )
            )
        )

    def show_settings(self, settings: Settings) -> None:
        known = settings.thumbnail_memory in THUMBNAIL_MEMORY
        self.thumbnails.choose(settings.thumbnail_memory if known else NORMAL)
