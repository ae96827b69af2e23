"""Reads a picture file's bytes."""

from __future__ import annotations

import errno
import os
import stat
from typing import BinaryIO

from finder.core.errors import Reason, SkippedPicture
from finder.core.limits import MAX_BYTES
from finder.core.pictures.decode_limits import check_file_size
from finder.core.pictures.formats import has_picture_signature
from finder.core.pictures.mapped_file import Bytes, MappedFile
from finder.core.pictures.scan import read_error_reason

MAP_ABOVE = 64_000_000
"""Bytes. Larger files are memory-mapped instead of read."""

_HEADER_BYTES = 1_000_000
_SIGNATURE_BYTES = 32


def read_file(path: str, follow_link: bool = True) -> Bytes:
    """The file's bytes. Raises SkippedPicture: no permission, vanished, empty, too large …

    follow_link: False for a file that a scan has found, as it was not a link then.
    """
    try:
        with _open_regular(path, follow_link) as file:
            facts = os.fstat(file.fileno())
            if facts.st_size > MAX_BYTES:
                raise SkippedPicture(Reason.TOO_LARGE, f"more than {MAX_BYTES} bytes")
            if facts.st_size > MAP_ABOVE:
                _check_large(file.read(_HEADER_BYTES), facts.st_size)
                return MappedFile.open(file.fileno())
            data = file.read()
    except OSError as error:
        reason = Reason.NOT_A_PICTURE if error.errno == errno.ELOOP else read_error_reason(error)
        raise SkippedPicture(reason, str(error)) from error
    except MemoryError as error:
        raise SkippedPicture(Reason.OUT_OF_MEMORY, str(error)) from error
    if not data:
        raise SkippedPicture(Reason.EMPTY)
    return data


def read_metadata(path: str) -> Bytes:
    """Of a file that a scan has found, what `decode.read_description` needs: of a JPEG the
    beginning. Raises as `read_file`."""
    try:
        with _open_regular(path, False) as file:
            head = file.read(_HEADER_BYTES)
    except OSError as error:
        raise SkippedPicture(read_error_reason(error), str(error)) from error
    return head if head[:2] == b"\xff\xd8" else read_file(path, follow_link=False)


def begins_as_picture(path: str) -> bool:
    """Whether a file has the signature of a supported format; its first bytes only are read."""
    try:
        with _open_regular(path, True) as file:
            return has_picture_signature(file.read(_SIGNATURE_BYTES))
    except (OSError, SkippedPicture):
        return False


def _open_regular(path: str, follow_link: bool) -> BinaryIO:
    """Raises OSError; SkippedPicture if it is no regular file."""
    facts = os.stat(path, follow_symlinks=follow_link)
    _check_regular(facts)  # opening a device can have side effects
    file = open(path, "rb", opener=_open_following if follow_link else _open_no_follow)  # noqa: SIM115
    try:
        _check_regular(os.fstat(file.fileno()))  # it may have been replaced
    except BaseException:
        file.close()
        raise
    return file


def _check_regular(facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise SkippedPicture(Reason.NOT_A_PICTURE, "not a regular file")


def _check_large(head: bytes, size: int) -> None:
    if not has_picture_signature(head):
        raise SkippedPicture(Reason.NOT_A_PICTURE, f"{size:,} bytes without a picture signature")
    check_file_size(head, size)


def _open_following(path: str, flags: int) -> int:
    """Without O_NONBLOCK, opening a pipe would wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _open_no_follow(path: str, flags: int) -> int:
    return _open_following(path, flags | getattr(os, "O_NOFOLLOW", 0))
