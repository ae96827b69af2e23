"""The style sheet: shapes and states of Qt's own widgets, on top of Fusion.

Text colours come from the palette, except where a state has its own: a colour in the sheet would
win over a label's role. What a widget is for is said with `setProperty("kind", …)`; on what ground
it lies, with `setProperty("ground", …)`. Qt makes a tool button and a spin box 3 px higher than
the sheet says, so these have a greatest height, too.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template
from typing import TYPE_CHECKING

from finder.gui.theme import tokens
from finder.gui.theme.control_images import SEARCH_PATH, register_images

if TYPE_CHECKING:
    from finder.gui.theme.tokens import Colours

_BUTTONS = """
QPushButton, QToolButton, QCheckBox, QRadioButton, QSlider, QTabBar, QComboBox { outline: 0; }
QPushButton { background: $card; border: 1px solid $line; border-radius: ${radius}px;
  padding: 0 13px; min-height: ${inner}px; color: $text; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $pressed; }
QPushButton:checked { background: $accent_soft; border-color: $accent_soft; color: $accent_text; }
QPushButton:disabled { background: $panel; border-color: $line; color: $disabled; }
QPushButton:default, QPushButton[kind="primary"] { background: $accent; border-color: $accent;
  color: $on_accent; }
QPushButton:default:hover, QPushButton[kind="primary"]:hover { background: $accent_hover;
  border-color: $accent_hover; }
QPushButton:default:pressed, QPushButton[kind="primary"]:pressed { background: $accent_pressed;
  border-color: $accent_pressed; }
QPushButton:default:disabled, QPushButton[kind="primary"]:disabled { background: $chip;
  border-color: $chip; color: $disabled; }
QPushButton[kind="secondary"]:default { background: $card; border-color: $accent; color: $text; }
QPushButton[kind="secondary"]:default:hover { background: $hover; border-color: $accent; }
QPushButton[kind="secondary"]:default:pressed { background: $pressed; border-color: $accent; }
QPushButton[kind="danger"] { color: $danger; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; }
QPushButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:pressed { background: $pressed; }
QPushButton[kind="quiet"]:checked { background: $accent_soft; color: $accent_text; }
QToolButton { background: transparent; border: 1px solid transparent; padding: 0 6px;
  border-radius: ${radius}px; min-height: ${inner}px; max-height: ${inner}px; color: $text; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:open { background: $pressed; }
QToolButton:checked { background: $accent_soft; color: $accent_text; }
QToolButton:disabled { color: $disabled; }
QToolButton[kind="link"] { color: $accent_text; padding: 0; }
QToolButton[kind="link"]:checked { background: transparent; }
QToolButton[kind="link"]:hover { background: $hover; }
QToolButton[kind="link"]:disabled { color: $disabled; }
QToolButton[kind="outlined"] { background: $card; border-color: $line; padding-$near: 12px;
  padding-$far: 6px; }
QToolButton[kind="outlined"]:hover { background: $hover; }
QToolButton[kind="outlined"]:pressed, QToolButton[kind="outlined"]:open { background: $pressed; }
QToolButton[kind="outlined"]:checked { background: $accent_soft; border-color: $accent_soft; }
QToolButton[popupMode="InstantPopup"] { padding-$far: 24px; }
QToolButton::menu-indicator { image: $down; width: 14px; height: 14px;
  subcontrol-origin: border; subcontrol-position: center right; right: 10px; }
QToolButton[toolButtonStyle="ToolButtonIconOnly"] { padding: 0 6px; min-width: 20px; }
QToolButton[toolButtonStyle="ToolButtonIconOnly"]::menu-indicator { image: none; width: 0; }
QDialogButtonBox, QMessageBox { dialogbuttonbox-buttons-have-icons: 0; }
"""

_FIELDS = """
QLineEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QComboBox, QPlainTextEdit, QTextEdit {
  background: $card; border: 1px solid $line; border-radius: ${radius}px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit, QSpinBox, QDoubleSpinBox, QDateEdit { padding: 0 9px; min-height: ${inner}px; }
QPlainTextEdit, QTextEdit { padding: 6px; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QDateEdit:hover, QComboBox:hover {
  border-color: $control_line; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus, QPlainTextEdit:focus,
  QTextEdit:focus { border: 2px solid $accent; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus { padding: 0 8px;
  min-height: ${inner2}px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QDateEdit:disabled,
  QComboBox:disabled, QPlainTextEdit:disabled, QTextEdit:disabled { background: $panel;
  color: $disabled; }
QLineEdit[kind="bare"], QLineEdit[kind="bare"]:focus { background: transparent; border: 0;
  padding: 0; }
QSpinBox, QDoubleSpinBox, QDateEdit { padding: 0 26px 0 9px; max-height: ${inner}px; }
QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus { padding: 0 25px 0 8px;
  max-height: ${inner2}px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: 0; width: 24px;
  background: transparent; subcontrol-origin: border; }
QAbstractSpinBox::up-button { subcontrol-position: top right; border-top-right-radius: 7px;
  margin: 1px 1px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; border-bottom-right-radius: 7px;
  margin: 0 1px 1px 0; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-button:pressed, QAbstractSpinBox::down-button:pressed { background: $pressed; }
QAbstractSpinBox::up-arrow { image: $up; width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow { image: $down; width: 12px; height: 12px; }
QComboBox { combobox-popup: 0; padding: 0 10px; min-height: ${inner}px; color: $text; }
QComboBox:on { background: $pressed; }
QComboBox::drop-down { border: 0; width: 28px; subcontrol-origin: border;
  subcontrol-position: center right; }
QComboBox::down-arrow { image: $down; width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $line; padding: 4px;
  border-radius: 0; outline: 0; }
"""

_CHOICES = """
QCheckBox, QRadioButton { spacing: 9px; min-height: 32px; }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {
  width: 16px; height: 16px; border: 1px solid $control_line; background: $card; }
QCheckBox::indicator, QAbstractItemView::indicator { border-radius: ${radius_small}px; }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:pressed, QRadioButton::indicator:pressed { background: $pressed; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: $accent;
  border-color: $accent; image: $check; }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
  background: $accent; border-color: $accent; image: $minus; }
QRadioButton::indicator:checked { width: 8px; height: 8px; border: 5px solid $accent;
  background: $on_accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled,
  QAbstractItemView::indicator:disabled { border-color: $disabled; background: $panel; }
QCheckBox::indicator:checked:disabled, QAbstractItemView::indicator:checked:disabled {
  background: $disabled; border-color: $disabled; }
QRadioButton::indicator:checked:disabled { border-color: $disabled; background: $panel; }
QSlider { min-height: 32px; }
QSlider:vertical { min-height: 32px; min-width: 32px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $scroll; }
QSlider::groove:vertical { width: 4px; border-radius: 2px; background: $scroll; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::add-page:vertical { background: $accent; border-radius: 2px; }
QSlider::handle { background: $accent; border: 2px solid $card; width: 14px; height: 14px;
  border-radius: 9px; }
QSlider::handle:horizontal { margin: -7px 0; }
QSlider::handle:vertical { margin: 0 -7px; }
QSlider::handle:hover { background: $accent_hover; }
QSlider::handle:pressed { background: $accent_pressed; }
QSlider::handle:disabled, QSlider::sub-page:disabled, QSlider::add-page:disabled {
  background: $disabled; }
QProgressBar { background: $pressed; border: 0; border-radius: 3px; min-height: ${bar}px;
  max-height: ${bar}px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QProgressBar[kind="paused"]::chunk { background: $disabled; }
"""

_LISTS = """
QAbstractScrollArea { border-radius: ${radius}px; }
QListView, QTreeView, QTableView { background: $card; border: 1px solid $line;
  outline: 0; alternate-background-color: $panel; selection-background-color: $accent_soft;
  selection-color: $accent_text; }
QListView, QTreeView { padding: 4px; }
QListView::item, QTreeView::item { padding: ${item}px 8px; border: 0; }
QListView::item { border-radius: ${radius}px; }
QListView::item:hover, QTreeView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
  background: $accent_soft; color: $accent_text; }
QListView::item:disabled, QTreeView::item:disabled { background: transparent; }
QTreeView::item:first { border-top-left-radius: ${radius}px;
  border-bottom-left-radius: ${radius}px; }
QTreeView::item:last { border-top-right-radius: ${radius}px;
  border-bottom-right-radius: ${radius}px; }
QTreeView::item:only-one { border-radius: ${radius}px; }
QTableView { gridline-color: $line; }
QTableView[kind="bare"], QTableView[kind="bare"] QTableCornerButton::section {
  background: transparent; border: 0; border-radius: 0; }
QTableView::item { padding: ${item}px 8px; border: 0; }
QComboBox QAbstractItemView::item { padding: ${item}px 8px; }
QHeaderView { background: transparent; }
QHeaderView::section { background: $panel; color: $secondary; border: 0;
  border-bottom: 1px solid $line; padding: 0 11px; min-height: 32px; }
QTableCornerButton::section { background: $panel; border: 0; border-bottom: 1px solid $line; }
QListView[kind="cards"] { background: $window; border: 0; border-radius: 0; padding: 0; }
QScrollArea, QScrollArea > QWidget > QWidget[kind="page"] { background: transparent; border: 0; }
QScrollBar { background: transparent; border: 0; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $scroll_hover; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: 0; }
"""

_FRAMES = """
QWidget[ground="panel"] { background: $panel; }
QWidget[ground="card"] { background: $card; border: 1px solid $line;
  border-radius: ${radius_card}px; }
QWidget[ground="notice"] { background: $accent_soft; border-bottom: 1px solid $line; }
QWidget[ground="panel"] > QListView { background: transparent; border: 0; padding: 0; }
QFrame[ground="popover"] > QListView { background: transparent; border: 0; padding: 0; }
QWidget[ground="segments"] { background: $chip; border-radius: ${radius}px; }
QToolButton[kind="segment"] { min-height: ${inner2}px; max-height: ${inner2}px; border-radius: 6px;
  padding-$near: 10px; padding-$far: 4px; color: $secondary; }
QToolButton[kind="segment"][toolButtonStyle="ToolButtonIconOnly"] { padding: 0 8px; }
QToolButton[kind="segment"][toolButtonStyle="ToolButtonTextOnly"] { padding: 0 12px; }
QToolButton[kind="segment"]:hover { color: $text; background: $pressed; }
QToolButton[kind="segment"]:checked { background: $card; border-color: $line; color: $text; }
QToolButton[kind="segment"]:disabled { color: $disabled; }
QToolButton[kind="round"], QToolButton[kind="inner"] { padding: 0; min-width: 30px;
  max-width: 30px; min-height: 30px; max-height: 30px; }
QToolButton[kind="round"] { border-radius: 15px; }
QToolButton[kind="round"]:hover { background: $pressed; }
QFrame[ground="toast"] { background: $toast; border: 1px solid $toast;
  border-radius: ${radius_card}px; }
QFrame[ground="toast"] QLabel { color: $on_toast; }
QFrame[ground="toast"] QPushButton, QFrame[ground="toast"] QToolButton { color: $toast_action;
  background: transparent; border: 1px solid transparent; font-weight: 600; }
QFrame[ground="toast"] QPushButton:hover, QFrame[ground="toast"] QToolButton:hover {
  background: $toast_hover; }
QFrame[ground="popover"] { background: $card; border: 1px solid $line;
  border-radius: ${radius_card}px; }
QMessageBox QLabel#qt_msgbox_label { font-weight: 600; }
QFrame[kind="line"] { background: $line; border: 0; min-height: 1px; max-height: 1px; }
QLabel[kind="badge"] { background: $chip; color: $secondary; border-radius: 9px; padding: 0 7px;
  min-height: 18px; max-height: 18px; }
QLabel[kind="danger"] { color: $danger; }
QLabel[kind="warning"] { color: $warning; }
QSplitter::handle { background: $line; }
QDialog QSplitter::handle { background: transparent; }
QMenuBar { background: $panel; border-bottom: 1px solid $line; padding: 2px 6px; spacing: 2px; }
QMenuBar::item { background: transparent; padding: 6px 10px; border-radius: 6px; }
QMenuBar::item:selected { background: $hover; }
QMenuBar::item:pressed { background: $pressed; }
QMenu { background: $card; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 0 24px 0 12px; min-height: 32px; border-radius: 6px; color: $text; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $disabled; background: transparent; }
QMenu::item:checked { font-weight: normal; }
QMenu::icon { padding-left: 10px; }
QMenu::indicator { width: 16px; height: 16px; left: 8px; }
QMenu::indicator:checked { image: $mark; }
QMenu::right-arrow { image: $right; width: 14px; height: 14px; right: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 5px 6px; }
QToolTip { background: $toast; color: $on_toast; border: 1px solid $toast; padding: 5px 8px; }
QStatusBar { background: $panel; border-top: 1px solid $line; color: $secondary; }
QStatusBar::item { border: 0; }
QTabWidget::pane { border: 0; border-top: 1px solid $line; }
QTabBar::tab { background: transparent; color: $secondary; padding: 0 12px; min-height: 34px;
  border: 0; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent_text; border-bottom-color: $accent; }
QTabBar::tab:disabled { color: $disabled; }
QGroupBox { border: 1px solid $line; border-radius: ${radius_card}px; margin-top: 14px;
  padding: 12px; }
QGroupBox::title { subcontrol-origin: margin; left: 12px; padding: 0 4px; }
"""


def stylesheet_of(colours: Colours, line_height: int, runs_left: bool = False) -> str:
    """line_height: of the body text; controls grow with it. runs_left: the layout's direction,
    which Qt applies to positions in a style sheet but not to paddings."""
    register_images()
    scheme = "dark" if colours.is_dark else "light"
    images = {
        name: f"url({SEARCH_PATH}:{file}-{scheme}.svg)"
        for name, file in (
            ("up", "chevron-up"),
            ("down", "chevron-down"),
            ("right", "chevron-right"),
            ("check", "check"),
            ("minus", "minus"),
            ("mark", "check-plain"),
        )
    }
    inner = control_height(line_height) - 2
    sizes: dict[str, int | str] = {
        "inner": inner,
        "inner2": inner - 2,
        "radius": tokens.RADIUS,
        "radius_card": tokens.RADIUS_CARD,
        "radius_small": tokens.RADIUS_SMALL,
        "item": max(4, (tokens.HIT_AREA - line_height + 1) // 2),
        "near": "right" if runs_left else "left",
        "far": "left" if runs_left else "right",
        "bar": tokens.BAR_HEIGHT,
    }
    sheet = "".join((_BUTTONS, _FIELDS, _CHOICES, _LISTS, _FRAMES))
    return Template(sheet).substitute(asdict(colours), **images, **sizes)


def control_height(line_height: int) -> int:
    """Of buttons and fields: 34 px, more where the system's text is larger."""
    return max(34, line_height + 14)
