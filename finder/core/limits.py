"""Limits that more than one part of the program must agree on."""

from typing import Final

MOST_MATCHES: Final = 200
"""Largest top-k."""

MAX_PIXELS: Final = 300_000_000
"""Above this many pixels a picture is skipped before anything is decoded (900 MB as RGB)."""

MAX_BYTES: Final = 2_000_000_000
"""Files above this are skipped unread."""
