"""The recipe of the model with two towers, which the other tests use, gives as good a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_tools import skip_without_torch
from word_models import make_word_model
from word_quality import ShapeLibrary

from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.text_tower import TextTower
from finder.core.paths import samples_dir
from finder.core.search.sample_matches import match_samples

skip_without_torch()

import two_towers  # noqa: E402


@pytest.mark.timeout(1_200)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_it_is_trained_again(tmp_path: Path) -> None:
    two_towers.export(two_towers.train(), tmp_path / "towers")
    assert sum(file.stat().st_size for file in (tmp_path / "towers").iterdir()) < 1_500_000
    spec = make_word_model(tmp_path, files=tmp_path / "towers")
    found = ShapeLibrary(spec).quality()
    assert found.coloured > 0.7
    assert found.shapes > 0.95
    assert found.denied > 0.98
    assert found.likely > 0.7
    assert found.unlikely < 0.02
    *_, last = match_samples(Extractor(spec), samples_dir(), texts=TextTower(spec))
    assert last.words is not None
    assert last.words.fits
    assert last.words.right > 0.9 * last.words.pictures
