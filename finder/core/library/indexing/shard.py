"""One machine's share of a folder that several machines index at the same time."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass

from finder.core.errors import FinderError
from finder.core.i18n import tr

_MOST = 1_000


@dataclass(frozen=True)
class Shard:
    """number: from 1; of: how many shares there are."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """From "2/8", the second of eight. Raises FinderError."""
        number, _, of = text.partition("/")
        if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= _MOST:
            return cls(int(number), int(of))
        raise FinderError(
            tr("“{text}” is no share of the files.").format(text=text),
            tr("Write 2/8 for the second of eight machines."),
        )

    def takes(self, path: bytes, folder: str) -> bool:
        """Whether this share has the file (`os.fsencode`). It depends on the path below the folder
        alone, so that the machines agree wherever the folder is mounted."""
        below = os.path.relpath(path, os.fsencode(folder)).replace(os.fsencode(os.sep), b"/")
        return zlib.crc32(below) % self.of == self.number - 1
