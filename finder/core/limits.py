"""Limits that more than one part of the program must agree on."""

from typing import Final

MOST_MATCHES: Final = 200
"""Largest top-k."""

MEGA: Final = 1_000_000

MAX_PIXELS: Final = 300 * MEGA
"""Above this many pixels a picture is skipped before anything is decoded (1.2 GB in memory), if
the settings do not say otherwise."""

MOST_MEGAPIXELS: Final = 2_000
"""The most that the settings may say."""

WORKER_MEMORY: Final = 640 * MEGA
"""Bytes that one worker may spend on decoding one picture. A picture that needs more gets a process
to itself, one at a time."""

MAX_BYTES: Final = 2_000_000_000
"""Files above this are skipped unread."""
