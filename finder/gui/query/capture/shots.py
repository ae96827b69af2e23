"""Pictures of the screens, in their own pixels, and the part of one that is taken."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QScreen

_CORE_GRAPHICS = "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics"
_BLANK_SIDE = 16  # px; what a picture is made small to, to see whether it is black


@dataclass(frozen=True)
class Shot:
    """A screen at one moment. image: in the pixels of the device, upright."""

    screen: QScreen
    image: QImage


def take_shots(screens: Iterable[QScreen]) -> list[Shot]:
    """What is on the screens now. An image is null where the desktop does not allow it."""
    shots = []
    for screen in screens:
        image = screen.grabWindow(0).toImage()
        image.setDevicePixelRatio(1)
        shots.append(Shot(screen, image))
    return shots


def cut_out(image: QImage, frame: QRectF) -> QImage:
    """The part in a frame, which is in fractions of the image."""
    return image.copy(pixel_rect(image, frame))


def pixel_rect(image: QImage, frame: QRectF) -> QRect:
    """A frame in whole pixels of the image, at least one."""
    width, height = image.width(), image.height()
    left = min(width - 1, round(frame.left() * width))
    top = min(height - 1, round(frame.top() * height))
    right = max(left + 1, round(frame.right() * width))
    bottom = max(top + 1, round(frame.bottom() * height))
    return QRect(left, top, right - left, bottom - top)


def is_blank(image: QImage) -> bool:
    """Whether it is null or black all over."""
    if image.isNull():
        return True
    ignore, smooth = (
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    small = image.scaled(_BLANK_SIDE, _BLANK_SIDE, ignore, smooth)
    grey = small.convertToFormat(QImage.Format.Format_Grayscale8)
    return not any(bytes(grey.constBits()))


def hides_screen() -> bool:
    """Whether programs see nothing of the screen but through the desktop's portal: on Wayland, also
    with the X server that runs on it."""
    if QGuiApplication.platformName().startswith("wayland"):
        return True
    is_on_wayland = "WAYLAND_DISPLAY" in os.environ
    return QGuiApplication.platformName() == "xcb" and is_on_wayland


def may_capture() -> bool:
    """macOS's permission; asks the user for it the first time. Elsewhere there is none."""
    if sys.platform != "darwin":
        return True
    try:
        return bool(ctypes.CDLL(_CORE_GRAPHICS).CGRequestScreenCaptureAccess())
    except (OSError, AttributeError):  # before macOS 10.15
        return True
