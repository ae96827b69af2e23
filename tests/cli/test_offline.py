"""What the command line says about a folder that is offline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import output_of, run
from making import copied, run_index

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


@pytest.fixture
def away(
    home: Home, samples: Path, tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> Path:
    """Two folders are indexed; the birds are offline now."""
    for name in ("birds", "cats"):
        copied(sorted((samples / name).glob("*.jpg"))[:3], tmp_path / name)
    run_index(home, [tmp_path / "birds", tmp_path / "cats"], [fast_spec], extractors)
    return (tmp_path / "birds").rename(tmp_path / "away")


def test_status_says_which_folder_is_offline(home: Home, away: Path) -> None:
    text = output_of("status", home=home)
    assert f"{away.with_name('birds')} (3 files) (offline)\n" in text
    assert f"{away.with_name('cats')} (3 files)\n" in text
    assert "6 pictures" in text


def test_matches_say_that_they_are_offline(home: Home, away: Path) -> None:
    bird = sorted(away.iterdir())[0]
    (rows,) = json.loads(output_of("search", bird, "--json", home=home))["models"].values()
    offline = {Path(row["path"]).parent.name: row.get("offline") for row in rows}
    assert offline == {"birds": True, "cats": None}
    lines = output_of("search", bird, home=home).splitlines()
    assert sum(line.endswith("\toffline") for line in lines) == 3


def test_indexing_keeps_what_is_offline(home: Home, away: Path) -> None:
    output_of("index", "--model", "efficientnet-lite0", home=home)
    assert "6 pictures" in output_of("status", home=home)


def test_a_moved_folder_is_followed_and_its_matches_shown_where_they_are(
    home: Home, away: Path
) -> None:
    old = away.with_name("birds")
    ended = run("index", away, "--model", "efficientnet-lite0", home=home)
    assert ended.stdout == f"The folder {old} was moved: its pictures are in {away} now.\n"
    assert str(old) not in output_of("status", home=home)
    shown = output_of("search", sorted(away.iterdir())[0], home=home)
    assert f"{away}/" in shown
    assert f"{old}/" not in shown
    assert "offline" not in shown


def test_one_file_of_a_picture_is_gone_and_not_rescanned_yet(
    home: Home, samples: Path, tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    bird = samples / "birds" / "kingfisher.jpg"
    first, second = copied([bird], tmp_path / "a")[0], copied([bird], tmp_path / "b")[0]
    run_index(home, [first.parent, second.parent], [fast_spec], extractors)
    first.unlink()
    found = json.loads(output_of("search", bird, "--json", home=home))
    rows = [*found["models"][fast_spec.name], *found["combined"]]
    assert {(row["path"], row.get("offline")) for row in rows} == {(str(second), None)}


def test_a_folder_that_is_offline_is_forgotten(home: Home, away: Path) -> None:
    old = away.with_name("birds")
    assert output_of("forget", old, home=home).startswith(f"Forgot {old}: 3 files.")
    assert "3 pictures" in output_of("status", home=home)
