"""`search`: what it prints where, and how it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from command_line import (
    error_of,
    output_of,
    run,
    run_process,
    terminal_output_of,
)

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.paths import Home

FAST = ("--model", "efficientnet-lite0")
NAMES = ["efficientnet-lite0", "efficientnet-lite2", "vgg16"]
BASELINES = ["dhash-256", "dhash-64", "phash-256", "phash-64", "pixels"]


@pytest.fixture
def kitten(samples: Path) -> Path:
    return samples / "cats" / "kitten.jpg"


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "ip"])
def test_json_has_the_documented_form(indexed_samples: Home, kitten: Path, metric: str) -> None:
    ended = run("search", kitten, "--json", "--top", "7", "--metric", metric, home=indexed_samples)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert list(found) == [
        "query",
        "metric",
        "metrics",
        "models",
        "combined",
        "agreement",
        "looked_twice",
    ]
    assert found["query"] == str(kitten)
    assert found["metric"] == metric
    assert found["metrics"] == dict.fromkeys(NAMES, metric)
    assert list(found["models"]) == NAMES
    nearest = 0.0 if metric == "euclidean" else 1.0
    for matches in found["models"].values():
        keys = ["rank", "path", "distance", "closeness", "word"]
        assert all(list(match) == keys for match in matches)
        assert [match["rank"] for match in matches] == list(range(1, 8))
        distances = [match["distance"] for match in matches]
        assert distances == sorted(distances, reverse=metric != "euclidean")
        assert matches[0]["path"] == str(kitten)
        assert distances[0] == pytest.approx(nearest, abs=1e-3)
    combined = found["combined"]
    assert [match["rank"] for match in combined] == list(range(1, 8))
    assert combined[0]["path"] == str(kitten)
    scores = [match["score"] for match in combined]
    assert scores == sorted(scores, reverse=True)
    for match in combined:
        keys = ["rank", "path", "score", "ranks", "distances", "in_top", "closeness", "word"]
        assert list(match) == keys
        assert list(match["ranks"]) == list(match["distances"]) == NAMES
        for name in NAMES:
            same = [m for m in found["models"][name] if m["path"] == match["path"]]
            place = (match["ranks"][name], match["distances"][name])
            assert all((m["rank"], m["distance"]) == place for m in same)
            assert same or place[0] > 7
        assert match["in_top"] == [name for name in NAMES if match["ranks"][name] <= 10]
    for matches in (combined, *found["models"].values()):
        assert (matches[0]["closeness"], matches[0]["word"]) == (100.0, "same_picture")
        assert "same_picture" not in [match["word"] for match in matches[1:]]
    assert [pair["rankings"] for pair in found["agreement"][:3]] == [
        ["combined", name] for name in NAMES
    ]
    assert len(found["agreement"]) == 6


def test_a_pipe_gets_one_match_per_line_with_its_full_path(
    indexed_samples: Home, samples: Path
) -> None:
    query = samples / "altered" / "kingfisher--crop.jpg"
    ended = run_process("search", query, "--top", "3", home=indexed_samples)
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [line.split("\t") for line in ended.stdout.splitlines()]
    assert [row[:2] for row in rows] == [
        [name, str(rank)] for name in ("combined", *NAMES) for rank in (1, 2, 3)
    ]
    assert [row[2:] for row in rows[3::3]] == [["0.000", str(query)]] * 3
    assert all(Path(row[3]).is_file() for row in rows)


def test_agreement_is_printed_instead_of_the_matches(indexed_samples: Home, kitten: Path) -> None:
    printed = output_of("search", kitten, "--agreement", home=indexed_samples)
    rows = [line.split("\t") for line in printed.splitlines()]
    found = json.loads(output_of("search", kitten, "--json", home=indexed_samples))["agreement"]
    keys = "shared", "top", "rank_biased_overlap"
    assert rows == [[*one["rankings"], *(str(one[key]) for key in keys)] for one in found]
    assert len(rows) == 6
    single = run("search", kitten, "--agreement", *FAST, home=indexed_samples)
    assert (single.stdout, single.stderr) == ("", "Fewer than two models have answered.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_gets_a_table(indexed_samples: Home, samples: Path) -> None:
    query = samples / "altered" / "kingfisher--crop.jpg"
    text = terminal_output_of("search", query, "--top", "3", home=indexed_samples, columns=140)
    title, legend, _, heads, *rows, _, shared, best = text.splitlines()
    assert title == f"Like {query}"
    assert legend.startswith("Euclidean distance: 0 is the same picture.")
    assert heads.split() == ["Combined", "EfficientNet-Lite0", "EfficientNet-Lite2", "VGG16"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert rows[0].count("0.000") == 3
    assert shared.startswith("Shared with Combined, of the first 3: EfficientNet-Lite0 ")
    assert best == f"Most alike: {samples / 'birds' / 'kingfisher.jpg'}", "not the query itself"


def test_one_model_has_no_combined_ranking(indexed_samples: Home, kitten: Path) -> None:
    text = output_of("search", kitten, *FAST, home=indexed_samples)
    assert {line.split("\t")[0] for line in text.splitlines()} == {"efficientnet-lite0"}
    models = ("--model", "vgg16", *FAST, "--json")
    found = json.loads(output_of("search", kitten, *models, home=indexed_samples))
    assert list(found["models"]) == ["vgg16", "efficientnet-lite0"], "in the order named"


def test_what_cannot_be_searched_is_reported(
    indexed_samples: Home, home: Home, kitten: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("not a picture")
    there = indexed_samples
    assert "There is no library" in error_of("search", kitten, home=home)
    assert not home.root.exists(), "a search creates nothing"
    assert "is a folder" in error_of("search", tmp_path, home=there)
    assert "There is no file" in error_of("search", tmp_path / "none.jpg", home=there)
    assert "not a picture" in error_of("search", tmp_path / "text.jpg", home=there)
    assert "no model called" in error_of("search", kitten, "--model", "x", home=there)
    Catalogue(home).close()
    assert "The library is empty." in error_of("search", kitten, home=home)
    assert "has not indexed" in error_of("search", kitten, *FAST, home=home)


def test_an_error_is_one_line(home: Home, kitten: Path) -> None:
    message = error_of("search", kitten, home=home)
    assert message.startswith("image-finder: There is no library in ")
    assert message.count("\n") == 1
