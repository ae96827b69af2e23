"""Picture file → its bytes."""

from __future__ import annotations

import errno
import os
import stat

from finder.core.errors import Reason, SkippedPicture
from finder.core.limits import MAX_BYTES
from finder.core.pictures.decode_limits import check_file
from finder.core.pictures.formats import begins_like_a_picture
from finder.core.pictures.mapped_file import Bytes, MappedFile
from finder.core.pictures.scan import reason_of

LARGE = 64_000_000
"""Bytes; files above this are mapped instead of read."""

_HEAD = 1_000_000


def read_file(path: str, follow_link: bool = True) -> Bytes:
    """The file's bytes. Raises SkippedPicture: no permission, vanished, empty, too large …

    follow_link: False for a file that a scan has found, which was no link then.
    """
    try:
        _check_regular(os.stat(path, follow_symlinks=follow_link))  # opening a device may act
        with open(path, "rb", opener=_follow if follow_link else _follow_not) as file:
            facts = os.fstat(file.fileno())
            _check_regular(facts)  # another file may have taken its place
            if facts.st_size > MAX_BYTES:
                raise SkippedPicture(Reason.TOO_LARGE, f"more than {MAX_BYTES} bytes")
            if facts.st_size > LARGE:
                _check_large(file.read(_HEAD), facts.st_size)
                return MappedFile.of(file.fileno())
            data = file.read()
    except OSError as error:
        reason = Reason.NOT_A_PICTURE if error.errno == errno.ELOOP else reason_of(error)
        raise SkippedPicture(reason, str(error)) from error
    except MemoryError as error:
        raise SkippedPicture(Reason.OUT_OF_MEMORY, str(error)) from error
    if not data:
        raise SkippedPicture(Reason.EMPTY)
    return data


def _check_regular(facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise SkippedPicture(Reason.NOT_A_PICTURE, "not a regular file")


def _check_large(head: bytes, size: int) -> None:
    if not begins_like_a_picture(head):
        raise SkippedPicture(Reason.NOT_A_PICTURE, f"{size:,} bytes without a picture's beginning")
    check_file(head, size)


def _follow(path: str, flags: int) -> int:
    """Opening a pipe would wait for somebody to write into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _follow_not(path: str, flags: int) -> int:
    return _follow(path, flags | getattr(os, "O_NOFOLLOW", 0))
