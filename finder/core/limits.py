"""Limits shared by several parts of the program."""

from typing import Final

MAX_MATCHES: Final = 200
"""The largest number of matches of a search."""

MEGA: Final = 1_000_000

MAX_PIXELS: Final = 300 * MEGA
"""Default: larger pictures are skipped before anything is decoded (1.2 GB in memory)."""

MAX_MEGAPIXELS: Final = 2_000
"""The largest limit that can be set."""

WORKER_MEMORY: Final = 640 * MEGA
"""Bytes that one worker may use to decode one picture. Pictures that need more are decoded in a
child process, one at a time."""

MAX_BYTES: Final = 2_000_000_000
"""Larger files are skipped unread."""
