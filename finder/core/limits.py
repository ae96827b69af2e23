"""Limits shared by several parts of the program."""

from typing import Final

MAX_MATCHES: Final = 200
"""The largest number of matches of a search."""

MOST_ORIGINALS: Final = 10_000
"""The largest number of pictures of which copies are made to measure models: all vectors of the
copies are kept until they are compared (90,000 of 1,280 numbers are 460 MB)."""

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
