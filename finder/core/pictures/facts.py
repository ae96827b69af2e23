"""Facts about a picture from its file: plain values, cheap to import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureFacts:
    """width and height in pixels, after orientation.

    taken: "YYYY-MM-DD HH:MM:SS" as the camera wrote it, without a time zone; None if unknown.
    orientation: EXIF 1 to 8.
    """

    width: int
    height: int
    format: str
    taken: str | None
    orientation: int
