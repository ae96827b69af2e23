"""RapidOCR, which finds lines of text in pictures and reads them. The only module that imports it.

Its package has two models of PaddleOCR in it: nothing is downloaded. They run as the program's own
models do, on the calling thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Before RapidOCR: sets how ONNX Runtime is loaded.
import finder.core.models.runtime.session  # noqa: F401
from finder.core.errors import FinderError, Reason, SkippedPicture, first_line
from finder.core.i18n import tr
from finder.core.pictures.transform import Box
from finder.core.text_recognition.read_line import ReadLine
from finder.core.text_recognition.tiles import LONGEST_SIDE, Tile, centre, readable_size, tiles

_MOST_LINES = 500
"""In one part of a picture."""
_SMALLEST_SIDE = 10
"""Of a picture in which a letter can be read."""
_SURE = 0.8
"""A line that is less certain is left out (docs/text-in-pictures.md has the figures)."""

# Pictures are read by several threads at a time.
cv2.setNumThreads(1)


class RapidReader:
    """A `TextReader`; safe to use from several threads at a time."""

    def __init__(self, engine: str, detection: Path, recognition: Path, at_once: int) -> None:
        """engine: the name and version of what reads; detection, recognition: its models, ONNX
        files; at_once: how many threads may read at a time, for the memory. Raises FinderError."""
        self.engine = engine
        self._turn = threading.BoundedSemaphore(at_once)
        try:
            from rapidocr import RapidOCR

            self._rapid: Any = RapidOCR(params=_parameters(detection, recognition))
            self._load_models()
        except Exception as error:  # RapidOCR's and ONNX Runtime's classes have no common base
            raise FinderError(
                tr("Text in pictures cannot be read: {why}.").format(
                    why=first_line(error).rstrip(".")
                ),
                tr("Install RapidOCR again: pip install --force-reinstall rapidocr"),
            ) from error

    def _load_models(self) -> None:
        """Now, and in one thread, instead of with the first picture."""
        blank = np.full((48, 96, 3), 255, np.uint8)
        self._rapid(blank, use_det=False)
        self._rapid(blank, use_det=True)

    def read(self, image: Image.Image) -> tuple[ReadLine, ...]:
        """The lines of an upright RGB picture that are read with certainty, from top to bottom.
        Raises SkippedPicture."""
        if min(image.size) < _SMALLEST_SIDE:
            return ()
        small = readable_size(image)
        try:
            return tuple(
                line
                for tile in tiles(small.width, small.height)
                for line in self._read_tile(small, tile)
            )
        except MemoryError as error:
            raise SkippedPicture(Reason.OUT_OF_MEMORY, str(error)) from error
        except Exception as error:  # see above; it concerns this picture only
            detail = f"{type(error).__name__}: {first_line(error)}"
            raise SkippedPicture(Reason.MODEL_ERROR, detail) from error

    def _read_tile(self, image: Image.Image, tile: Tile) -> Iterable[ReadLine]:
        part = image.crop((tile.left, tile.top, tile.right, tile.bottom))
        with self._turn:
            found = self._rapid(_blue_green_red(part))
        if found.boxes is None or not found.txts:
            return
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
            placed = [(float(x) + tile.left, float(y) + tile.top) for x, y in corners]
            is_text = score >= _SURE and any(map(str.isalnum, text))
            if is_text and tile.keeps(centre(placed)):
                yield ReadLine(text.strip(), _box(placed, image.size), float(score))


def _parameters(detection: Path, recognition: Path) -> dict[str, Any]:
    return {
        "Global.log_level": "critical",
        "Global.max_side_len": LONGEST_SIDE,
        # It would make a wide strip many times as high.
        "Global.use_vertical_padding": False,
        # It would turn lines that are upside down; the pictures are upright, and it errs.
        "Global.use_cls": False,
        "Global.text_score": _SURE,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Det.model_path": str(detection),
        # Small pictures are not enlarged, which takes twice the time and finds 1 % more.
        "Det.limit_type": "max",
        "Det.limit_side_len": LONGEST_SIDE,
        "Det.max_candidates": _MOST_LINES,
        "Rec.model_path": str(recognition),
        # A batch is as wide as its longest line: one by one takes less time and memory.
        "Rec.rec_batch_num": 1,
    }


def _blue_green_red(image: Image.Image) -> NDArray[np.uint8]:
    """uint8 [height, width, 3], the channels as OpenCV has them."""
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def _box(corners: Sequence[tuple[float, float]], size: tuple[int, int]) -> Box:
    """The upright box around the corners, in fractions of the picture."""
    across, down = zip(*corners, strict=True)
    width, height = size
    left, right = min(across) / width, max(across) / width
    top, bottom = min(down) / height, max(down) / height
    return Box(max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom))
