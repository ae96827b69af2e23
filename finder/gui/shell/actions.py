"""The window's actions in one table: name, text, keys and menu."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from finder.core.i18n import tr


@dataclass(frozen=True)
class ActionRow:
    """One action. keys: key sequences in Qt's portable form."""

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    checkable: bool = False
    separator_before: bool = False


FILE, VIEW, LIBRARY, PICTURE, HELP = "&File", "&View", "&Library", "&Picture", "&Help"

ACTIONS = (
    ActionRow("back", VIEW, "&Back", ("Alt+Left",)),
    ActionRow("forward", VIEW, "F&orward", ("Alt+Right",)),
    ActionRow("open", FILE, "&Open picture…", ("Ctrl+O",)),
    ActionRow("paste", FILE, "&Paste picture", ("Ctrl+V",)),
    ActionRow("capture", FILE, "&Capture part of the screen…", ("Ctrl+Shift+S",)),
    ActionRow("search_names", FILE, "&Search for words", ("Ctrl+F",)),
    ActionRow("filter", FILE, "&Filter…", ("Ctrl+Shift+F",)),
    ActionRow("new_query", FILE, "&New search", ("Ctrl+N",)),
    ActionRow("save_search", FILE, "S&ave this search…", ("Ctrl+S",)),
    ActionRow("preferences", FILE, "Pr&eferences…", ("Ctrl+,",), separator_before=True),
    ActionRow("quit", FILE, "&Quit", ("Ctrl+Q",), separator_before=True),
    ActionRow("add_folder", LIBRARY, "&Add folder…", ("Ctrl+D",)),
    ActionRow("rescan", LIBRARY, "&Rescan folders", ("F5",)),
    ActionRow("watch", LIBRARY, "&Watch folders for changes", checkable=True),
    ActionRow("skipped", LIBRARY, "&Skipped files…"),
    ActionRow("removed", LIBRARY, "Re&moved pictures…"),
    ActionRow("models", LIBRARY, "&Models…", separator_before=True),
    ActionRow("import_model", LIBRARY, "&Import model…"),
    ActionRow("measure", LIBRARY, "M&easure…"),
    ActionRow("teach", LIBRARY, "Teac&h…"),
    ActionRow("storage", LIBRARY, "S&torage…", separator_before=True),
    ActionRow("check", LIBRARY, "&Check library…"),
    ActionRow("restore", LIBRARY, "Restore a &backup…"),
    ActionRow("find_similar", PICTURE, "&Find similar", ("Ctrl+Return",)),
    ActionRow("more_like_this", PICTURE, "&More like this", ("Ctrl+M",)),
    ActionRow("less_like_this", PICTURE, "&Less like this", ("Ctrl+Shift+M",)),
    ActionRow("near_duplicates", PICTURE, "&Near-duplicates", ("Ctrl+G",), True),
    ActionRow("open_file", PICTURE, "&Open", ("Ctrl+Shift+O",)),
    ActionRow("preview", PICTURE, "P&review (Space)"),
    ActionRow("show_in_folder", PICTURE, "&Show in file manager", ("Ctrl+Shift+R",)),
    ActionRow("copy_path", PICTURE, "Copy &path", ("Ctrl+Shift+C",), separator_before=True),
    ActionRow("copy_picture", PICTURE, "&Copy picture", ("Ctrl+C",)),
    ActionRow("remove_picture", PICTURE, "&Remove from library", ("Del",), separator_before=True),
    ActionRow("column_left", VIEW, "Move column l&eft", ("Ctrl+Shift+Left",), False, True),
    ActionRow("column_right", VIEW, "Move column ri&ght", ("Ctrl+Shift+Right",)),
    ActionRow("hide_column", VIEW, "&Hide column", ("Ctrl+Shift+H",)),
    ActionRow("all_columns", VIEW, "Show &all columns"),
    ActionRow("agreement", VIEW, "Ag&reement…", ("Ctrl+Shift+A",)),
    ActionRow("view_options", VIEW, "&Options…", ("Ctrl+Shift+V",), separator_before=True),
    ActionRow("fold", VIEW, "Fold &near-duplicates", checkable=True),
    ActionRow("larger", VIEW, "&Larger pictures", ("Ctrl++", "Ctrl+="), separator_before=True),
    ActionRow("smaller", VIEW, "&Smaller pictures", ("Ctrl+-",)),
    ActionRow("library_panel", VIEW, "L&ibrary panel", ("F9",), True, True),
    ActionRow("details_panel", VIEW, "&Details panel", ("Ctrl+I",), True),
    ActionRow("next_part", VIEW, "&Next part", ("F6",), False, True),
    ActionRow("full_screen", VIEW, "F&ull screen", ("F11",), True),
    ActionRow("shortcuts", HELP, "&Keyboard shortcuts", ("F1", "?")),
    ActionRow("documentation", HELP, "&Documentation"),
    ActionRow("about", HELP, "&About Image Finder", separator_before=True),
)


def make_actions(window: QMainWindow) -> tuple[dict[str, QAction], dict[str, QMenu]]:
    """The actions by name, and by title the menus that they are in. The window has the actions,
    too, so that their keys work while no menu is shown."""
    menus = {}
    actions = {}
    for title in (FILE, LIBRARY, PICTURE, VIEW, HELP):
        menus[title] = QMenu(tr(title), window)
    for row in ACTIONS:
        action = QAction(tr(row.text), window)
        action.setObjectName(row.name)
        action.setShortcuts([QKeySequence(keys) for keys in row.keys])
        action.setCheckable(row.checkable)
        if row.separator_before:
            menus[row.menu].addSeparator()
        menus[row.menu].addAction(action)
        window.addAction(action)
        actions[row.name] = action
    actions["quit"].setMenuRole(QAction.MenuRole.QuitRole)
    actions["preferences"].setMenuRole(QAction.MenuRole.PreferencesRole)
    actions["about"].setMenuRole(QAction.MenuRole.AboutRole)
    if sys.platform == "darwin":  # where menus belong at the top of the screen
        for menu in menus.values():
            window.menuBar().addMenu(menu)
    return actions, menus
