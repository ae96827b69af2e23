"""The values of the look: colours in light and dark, distances, corners, sizes of text."""

from __future__ import annotations

from dataclasses import dataclass

# Distances in px, a grid of 8 with a half and a quarter step.
SPACE_XS, SPACE_S, SPACE, SPACE_M, SPACE_L, SPACE_XL = 2, 4, 8, 12, 16, 24

RADIUS, RADIUS_CARD, RADIUS_SMALL = 8, 10, 5
CARD_GAP = 10
"""Px between the cards of a grid."""
FOCUS_WIDTH, FOCUS_GAP = 3, 2
HIT_AREA = 32
"""The smallest side of anything that can be clicked."""
ICON, ICON_GAP, ICON_LARGE, ICON_STROKE = 18, 5, 40, 1.75
BAR_HEIGHT = 6
"""Of a progress bar."""
FADE_MS = 120

BODY_PX, SECONDARY_PX = 14.0, 13.0
DIALOG_TITLE_PX, TITLE_PX, HERO_PX = 17.0, 20.0, 26.0
"""Sizes of text where the system's font is not larger; all grow with it."""


@dataclass(frozen=True)
class Colours:
    """One scheme. Each is #RRGGBB, or #AARRGGBB where it lies on something else."""

    is_dark: bool
    window: str
    panel: str
    card: str
    line: str
    control_line: str  # the edge of what can be edited or clicked, 3:1 for a check box
    text: str
    secondary: str
    disabled: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_pressed: str
    accent_text: str  # the accent as text, also on its soft ground
    accent_soft: str
    chip: str
    hover: str
    pressed: str
    danger: str
    warning: str
    success: str
    toast: str
    toast_hover: str
    on_toast: str
    toast_action: str
    scroll: str
    scroll_hover: str
    on_picture: str = "#ffffff"
    picture_shade: str = "#b3000000"  # under words on a picture
    screen_shade: str = "#73000000"  # over what is not taken of the screen
    clear: str = "#00000000"


LIGHT = Colours(
    is_dark=False,
    window="#f6f6f4",
    panel="#fbfbfa",
    card="#ffffff",
    line="#e4e3df",
    control_line="#8d8c87",
    text="#1f2023",
    secondary="#5d6066",
    disabled="#94969b",
    accent="#2f6fde",
    on_accent="#ffffff",
    accent_hover="#2863cb",
    accent_pressed="#2056b4",
    accent_text="#2560c8",
    accent_soft="#e8effc",
    chip="#f0efec",
    hover="#efeeea",
    pressed="#e5e4df",
    danger="#b3261e",
    warning="#8a5a00",
    success="#1d7044",
    toast="#26282c",
    toast_hover="#383b41",
    on_toast="#f4f4f3",
    toast_action="#9dbfff",
    scroll="#c4c3be",
    scroll_hover="#96958f",
)

DARK = Colours(
    is_dark=True,
    window="#17181a",
    panel="#1d1f22",
    card="#25272b",
    line="#34373c",
    control_line="#787d85",
    text="#eceded",
    secondary="#a4a8ae",
    disabled="#6f747b",
    accent="#6ea0ff",
    on_accent="#0d1524",
    accent_hover="#86b0ff",
    accent_pressed="#5b8ff0",
    accent_text="#86b0ff",
    accent_soft="#24344f",
    chip="#2f3237",
    hover="#2d3035",
    pressed="#373b41",
    danger="#ff8a80",
    warning="#f0b655",
    success="#6fcf97",
    toast="#3a3e45",
    toast_hover="#484d55",
    on_toast="#f4f4f3",
    toast_action="#a9c6ff",
    scroll="#4a4e55",
    scroll_hover="#6c7179",
)

_MODELS = (
    "#2f9e8f",
    "#b7791f",
    "#8b5cf6",
    "#64748b",
    "#d1467f",
    "#5c9130",
    "#2a8fbd",
    "#c65a3c",
    "#6672d9",
    "#8f7a3d",
)

GROUNDS = ("window", "panel", "card", "chip", "hover")
"""On what text and secondary text may stand."""

TEXT_PAIRS = (
    *((text, ground) for text in ("text", "secondary") for ground in GROUNDS),
    ("text", "pressed"),
    ("danger", "pressed"),
    *(("accent_text", ground) for ground in (*GROUNDS, "accent_soft")),
    *((text, "accent_soft") for text in ("text", "secondary")),
    *(("on_accent", ground) for ground in ("accent", "accent_hover", "accent_pressed")),
    *((text, ground) for text in ("danger", "warning", "success") for ground in GROUNDS),
    *((text, "toast") for text in ("on_toast", "toast_action")),
    *((text, "toast_hover") for text in ("on_toast", "toast_action")),
)
"""Every colour of text with each ground it stands on (a test computes their contrast)."""


def model_colour(place: int) -> str:
    """The colour of the model at this place in the list of models, the same in both schemes."""
    return _MODELS[place % len(_MODELS)]


def mixed(one: str, other: str, share: float) -> str:
    """An opaque colour with so much of another in it, 0 to 1."""
    channels = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two opaque colours (WCAG 2), 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
