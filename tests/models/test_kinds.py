"""The table of kinds: what a model's kind decides, and that a new kind needs nothing else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from model_folders import Made, make_model
from numpy.typing import NDArray
from PIL import Image

from finder.core.models import kinds
from finder.core.models.kinds import KINDS, ONNX, Kind
from finder.core.models.manifest import load_spec
from finder.core.models.registry import list_models
from finder.core.models.runtime.embedder import Embedder
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.runtime.provider_names import Choice
from finder.core.models.spec import ModelSpec
from finder.core.paths import shipped_models_dir

CONSTANT = """\
format = 1
kind = "constant"
name = "constant"
version = "1"
title = "Constant"
description = "The same for every picture."
dimension = 6
licence = "CC0"
source = "made here"

[input]
side = 2
"""


@dataclass
class Constant:
    spec: ModelSpec

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        return np.full(self.spec.dimension, self.spec.dimension**-0.5, np.float32)


def test_a_new_kind_is_one_entry_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(spec: ModelSpec, provider: str) -> Embedder:
        return Constant(spec)

    kind = Kind(("cosine",), make, dimension=lambda side: 3 * side)
    for module in (kinds, *(sys.modules[f"finder.core.models.{m}"] for m in ("spec", "manifest"))):
        monkeypatch.setattr(module, "KINDS", {**KINDS, "constant": kind})
    folder = tmp_path / "constant"
    folder.mkdir()
    (folder / "model.toml").write_text(CONSTANT, encoding="utf-8")
    (spec,), broken = list_models([tmp_path])
    assert broken == []
    assert (spec.metrics, spec.has_file, spec.is_baseline) == (("cosine",), False, False)
    vector = ExtractorPool().get(spec).embed_image(Image.new("RGB", (5, 5)))
    assert vector.tolist() == pytest.approx([6**-0.5] * 6)


@pytest.mark.parametrize("kind", KINDS)
def test_only_kinds_that_need_a_trial_are_tried_isolated_and_given_a_provider(
    kind: str, tmp_path: Path
) -> None:
    asked: list[str] = []

    def trial(spec: ModelSpec) -> None:
        asked.append("trial")

    def choose(spec: ModelSpec) -> Choice:
        asked.append("choose")
        return Choice(note="a note")

    def isolate(spec: ModelSpec) -> Embedder | None:
        asked.append("isolate")
        return None

    shipped, _ = list_models([shipped_models_dir()])
    made = load_spec(make_model(tmp_path, Made()))
    spec = made if kind == ONNX else next(spec for spec in shipped if spec.kind == kind)
    pool = ExtractorPool(trial, choose, isolate)
    assert isinstance(pool.get(spec), Extractor) == spec.has_file
    assert asked == (["trial", "isolate", "choose"] if KINDS[kind].needs_trial else [])
    assert pool.notes() == (["a note"] if asked else [])


def test_the_pool_is_imported_without_onnx_runtime_and_the_table_without_numpy() -> None:
    code = (
        "import sys, finder.core.models.registry\n"
        "assert 'numpy' not in sys.modules\n"
        "import finder.core.models.runtime.pool, finder.core.models.runtime.extractor\n"
        "assert 'onnxruntime' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
