"""What the command line says of a folder that is not there now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commanding import done
from making import copied, run_index

from finder.core.models.extract import Extractors
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


@pytest.fixture
def away(
    home: Home, samples: Path, tmp_path: Path, fast_spec: ModelSpec, extractors: Extractors
) -> Path:
    """Two folders are indexed; the birds are away now."""
    for name in ("birds", "cats"):
        copied(sorted((samples / name).glob("*.jpg"))[:3], tmp_path / name)
    run_index(home, [tmp_path / "birds", tmp_path / "cats"], [fast_spec], extractors)
    return (tmp_path / "birds").rename(tmp_path / "away")


def test_status_says_which_folder_is_offline(home: Home, away: Path) -> None:
    told = done("status", home=home)
    assert f"{away.with_name('birds')} (3 files) (offline)\n" in told
    assert f"{away.with_name('cats')} (3 files)\n" in told
    assert "6 pictures" in told


def test_matches_say_that_they_are_offline(home: Home, away: Path) -> None:
    bird = sorted(away.iterdir())[0]
    (rows,) = json.loads(done("search", bird, "--json", home=home))["models"].values()
    offline = {Path(row["path"]).parent.name: row.get("offline") for row in rows}
    assert offline == {"birds": True, "cats": None}
    lines = done("search", bird, home=home).splitlines()
    assert sum(" offline " in line for line in lines) == 3


def test_indexing_keeps_what_is_offline(home: Home, away: Path) -> None:
    done("index", home=home)
    assert "6 pictures" in done("status", home=home)
