"""Reading text in pictures: the interface, and whether what it needs is installed. Light: what
reads is imported when it is opened."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.system.memory import physical_memory

if TYPE_CHECKING:
    from PIL import Image

    from finder.core.text_recognition.read_line import ReadLine

DECODE_SIDE: Final = 960
"""The short side to decode a picture with: a screenshot keeps its pixels, and a photograph of
12 megapixels a third of its width, in which the letters of a receipt are still 10 pixels high."""
INSTALL_COMMAND: Final = 'pip install "image-finder[ocr]"'
_PART_MEMORY = 650_000_000
"""Bytes that it takes to find the lines in the largest part of a picture."""
_FEW = 4
_PACKAGE = "rapidocr"
_OUR_VERSION = 1
"""Grows when lines are found or chosen in another way: then all pictures are read again."""


class TextReader(Protocol):
    """Reads text in pictures; safe to use from several threads at a time. engine: the name and
    version of what reads."""

    engine: str

    def read(self, image: Image.Image) -> tuple[ReadLine, ...]:
        """The lines of an upright RGB picture that are read with certainty. Raises
        SkippedPicture."""


def readers_at_once() -> int:
    """How many threads may read at a time: together they take a quarter of the memory at most."""
    memory = physical_memory()
    return _FEW if memory is None else max(1, memory // 4 // _PART_MEMORY)


def is_installed() -> bool:
    """Whether text in pictures can be read."""
    return _models() is not None


def require_installed() -> None:
    """Raises FinderError, with the command that installs it, where text cannot be read."""
    _required_models()


def engine_name() -> str:
    """What reads now, as it is stored with what was read. Raises FinderError where nothing is
    installed."""
    detection, recognition = _required_models()
    return f"{detection.stem} {recognition.stem} {_OUR_VERSION}"


def open_reader() -> TextReader:
    """Loads the models, which takes a second. Raises FinderError."""
    models = _required_models()
    from finder.core.text_recognition.rapid import RapidReader

    return RapidReader(engine_name(), *models, readers_at_once())


def _required_models() -> tuple[Path, Path]:
    models = _models()
    if models is None:
        raise FinderError(
            tr("Reading text in pictures needs a package that is not installed."),
            tr("To install it: {command}").format(command=INSTALL_COMMAND),
        )
    return models


def _models() -> tuple[Path, Path] | None:
    """The model that finds lines, and the one that reads them. They are in the package, whose files
    are not loaded."""
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "models"
    detection = sorted(folder.glob("*_det_*.onnx"))
    recognition = sorted(folder.glob("*_rec_*.onnx"))
    return (detection[-1], recognition[-1]) if detection and recognition else None
