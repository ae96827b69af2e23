"""File permissions as for a normal user, also where root runs the tests."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_BEYOND_FILES = 1 << 1 | 1 << 2 | 1 << 3
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER: capabilities(7)."""
_VERSION_3 = 0x2008_0522
_Header = ctypes.c_uint32 * 2
_Sets = ctypes.c_uint32 * 6
_WITHOUT = """
import ctypes, os, sys
for power in (1, 2, 3):
    ctypes.CDLL(None).prctl(24, power, 0, 0, 0)  # PR_CAPBSET_DROP: a new program lacks it
os.execv(sys.argv[1], sys.argv[1:])
"""


def is_root() -> bool:
    return sys.platform != "win32" and os.getuid() == 0


@contextmanager
def plain_user() -> Iterator[None]:
    """Inside, this thread and those that it starts may do with files what anybody may."""
    if not is_root():
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root may do everything here")
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(_VERSION_3, 0), _Sets()
    assert libc.capget(header, sets) == 0
    before = list(sets)
    sets[0] &= ~_BEYOND_FILES
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        assert libc.capset(header, _Sets(*before)) == 0


def as_plain_user(command: list[str]) -> list[str]:
    """The same command, in a process that may do with files what anybody may."""
    if not is_root():
        return command
    if sys.platform != "linux":
        pytest.skip("root may do everything here")
    return [sys.executable, "-c", _WITHOUT, *command]
