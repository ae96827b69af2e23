"""`image-finder measure` on real pictures with real models."""

from __future__ import annotations

import csv
import json
import re
import shutil
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import output_of, run

from finder.core.evaluation.alterations import ALTERATIONS
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.query.query_spec import FileSource, QueryExample, QuerySpec
from finder.use_cases.models.model_weights import model_weights, set_model_weights
from finder.use_cases.search.search_session import SearchSession
from finder.workers.extractor_pools import open_extractors

LITE0, LITE2, VGG = "efficientnet-lite0", "efficientnet-lite2", "vgg16"


@pytest.fixture
def library(indexed_samples: Home, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(indexed_samples.root, tmp_path / "library")))


def measured(home: Home, *words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output_of("measure", *words, "--json", home=home))
    return found


def precisions_by_searching(
    home: Home, samples: Path, names: list[str]
) -> tuple[dict[str, float], float]:
    """The mean average precision of each model and of the combined ranking: from searches for each
    of the samples, as a user would make them."""
    from finder.core.models.registry import list_models, pick_models

    specs = pick_models(list_models(home.model_dirs())[0], names)
    found: dict[str, list[float]] = {name: [] for name in [*names, "combined"]}
    with closing(SearchSession(home, partial(open_extractors, home))) as session:
        for path in sorted(p for p in samples.glob("*/*") if p.suffix != ".txt"):
            session.set_query(QuerySpec((QueryExample(FileSource(str(path))),)))
            result = session.search(specs, 200, Metric.EUCLIDEAN, look_twice=False)
            own = result.query.own
            for name, matches in {**result.models, "combined": result.combined}.items():
                others = [m.picture for m in matches if m.picture.id not in own]
                hits = np.array([Path(p.paths[0]).parent == path.parent for p in others])
                ranks = np.flatnonzero(hits) + 1
                found[name].append(float(np.mean(np.arange(1, len(ranks) + 1) / ranks)))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return {name: means[name] for name in names}, means["combined"]


def test_the_figures_are_those_of_searching(library: Home, samples: Path) -> None:
    """Single models by their distances, combined as the Combined column: each sample is searched
    for, and its average precision computed from the matches."""
    names = [LITE0, VGG]
    found = measured(library, samples, "--model", LITE0, "--model", VGG)
    of_models, combined = precisions_by_searching(library, samples, names)
    for name in names:
        assert found["models"][name]["map"] == pytest.approx(of_models[name], abs=1e-9)
    assert found["combined"]["map"] == pytest.approx(combined, abs=1e-9)
    assert (found["pictures"], found["labels"], found["queries"]) == (80, 13, 80)


def test_weights_change_the_combined_ranking_as_they_are_measured(
    library: Home, samples: Path
) -> None:
    """With nearly all weight on one model, the combined ranking of a search is that model's."""
    set_model_weights(library, {LITE0: 0.0, VGG: 2.0})
    assert model_weights(library) == {LITE0: 0.0, VGG: 2.0}
    of_models, combined = precisions_by_searching(library, samples, [LITE0, VGG])
    assert combined == pytest.approx(of_models[VGG], abs=0.02), "centred, but alone"
    assert abs(of_models[LITE0] - of_models[VGG]) > 0.02
    words = ["--model", LITE0, "--model", VGG]
    found = json.loads(
        output_of("search", samples / "cats" / "kitten.jpg", "--json", *words, home=library)
    )
    assert found["weights"] == {LITE0: 0.0, VGG: 2.0}


def test_every_figure_has_an_interval_and_a_comparison(library: Home, samples: Path) -> None:
    found = measured(library, samples, "--combine", f"{LITE0}+{LITE2}")
    assert list(found["models"]) == [LITE0, LITE2, VGG], "those that are switched on"
    assert list(found["combinations"]) == [f"{LITE0}+{LITE2}"]
    rankings = [*found["models"].values(), found["combined"], *found["combinations"].values()]
    for figures in rankings:
        low, high = figures["interval"]
        assert low < figures["map"] < high
        for name in ("map", "r1", "r5", "r10", "p5", "p10", "ndcg10"):
            assert 0 < figures[name] <= 1
        assert figures["r1"] <= figures["r5"] <= figures["r10"]
        assert len(figures["labels"]) == 13
    best = found["best_model"]
    assert found["models"][best]["difference"] is None
    others = [figures for figures in rankings if figures["difference"]]
    assert len(others) == len(rankings) - 1
    for figures in others:
        difference = figures["difference"]
        assert difference["to"] == best
        expected = figures["map"] - found["models"][best]["map"]
        assert difference["map"] == pytest.approx(expected)
        low, high = difference["interval"]
        is_sure = low > 0 or high < 0
        assert (difference["verdict"] != "unclear") == is_sure
    for figures in found["models"].values():
        assert figures["bytes"] > 1_000_000
        assert figures["pictures_per_second"] > 0
    assert set(found["weights"]["models"]) == {LITE0, LITE2, VGG}


def test_nothing_is_extracted_again(library: Home, samples: Path) -> None:
    """All pictures are indexed: no run begins, so that nobody needs the writer's lock."""
    first = run("measure", samples, "--model", LITE0, home=library)
    assert first.returncode == 0
    assert "to read" not in first.stderr
    assert "Looking for pictures" not in first.stderr


def test_a_new_folder_becomes_part_of_the_library(
    home: Home, samples: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    for name in ("cats", "fish"):
        shutil.copytree(samples / name, folder / "deep" / name)
    shutil.copy(samples / "lakes" / sorted((samples / "lakes").iterdir())[0].name, folder)
    found = measured(home, folder, "--model", "dhash-64", "--nested")
    assert set(found["models"]["dhash-64"]["labels"]) == {"deep/cats", "deep/fish"}
    assert found["combined"] is None
    assert found["weights"] is None
    assert f"{folder}" in output_of("status", home=home)
    one_label = run("measure", folder, "--model", "dhash-64", home=home)
    assert one_label.returncode == 1
    assert "at least two labels" in one_label.stderr


def test_labels_come_from_a_table(library: Home, samples: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    with table.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["path", "label"])
        for name in ("cats", "fish"):
            rows.writerows([path, f"my {name}"] for path in sorted((samples / name).iterdir()))
        rows.writerow([tmp_path / "gone.jpg", "my cats"])
    found = run("measure", "--labels", table, "--model", LITE0, "--json", home=library)
    assert set(json.loads(found.stdout)["models"][LITE0]["labels"]) == {"my cats", "my fish"}
    assert json.loads(found.stdout)["left_out"]["missing"] == 1
    assert "1 labelled file is left out" in found.stderr


def test_it_is_written_as_a_table_and_as_one_page(
    library: Home, samples: Path, tmp_path: Path
) -> None:
    page, table = tmp_path / "report.html", tmp_path / "figures.csv"
    text = output_of(
        *("measure", samples, "--model", LITE0, "--model", VGG),
        *("--html", page, "--csv", table),
        home=library,
    )
    assert [line.split("\t")[0] for line in text.splitlines()] == [
        "",
        "EfficientNet-Lite0",
        "VGG16",
        "Combined",
    ]
    with table.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 3 * (1 + 13)
    assert {row["ranking"] for row in rows} == {LITE0, VGG, "combined"}
    html = page.read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") > 20
    assert "<svg" in html
    assert not re.search(r"(src|href)=\"(?!data:)", html), "it needs nothing beside it"
    assert page.stat().st_size < 2_000_000


def test_a_label_with_markup_is_only_text(home: Home, samples: Path, tmp_path: Path) -> None:
    folder, page = tmp_path / "mine", tmp_path / "report.html"
    shutil.copytree(samples / "cats", folder / "<script>alert(1)<&")
    shutil.copytree(samples / "fish", folder / "fish")
    output_of("measure", folder, "--model", "dhash-64", "--html", page, home=home)
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;&amp;" in html


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "This needs labels"),
        (["--combine", f"{LITE0}+{LITE0}"], "at least two different models"),
        (["--combine", LITE0], "at least two different models"),
        (["--combine", f"{LITE0}+nonsense"], "nonsense"),
        (["--csv", "/nowhere/at/all.csv"], "cannot be written"),
        (["--copies", "--nested"], "Copies have no labels"),
        (["--altered", "/nowhere/at/all"], "There is no folder"),
        (["--alteration", "mixed"], "for copies that are made here"),
    ],
)
def test_what_cannot_be_measured_is_said(
    library: Home, samples: Path, words: list[str], message: str
) -> None:
    folder = [samples] if words else []
    found = run("measure", *folder, "--model", LITE0, *words, home=library)
    assert found.returncode == 1
    assert message in found.stderr
    assert "Traceback" not in found.stderr


def test_copies_are_made_and_their_originals_found(library: Home, samples: Path) -> None:
    words: list[str | Path] = [
        samples,
        "--copies",
        "--originals",
        "6",
        "--model",
        LITE0,
        "--model",
        "dhash-64",
    ]
    output_of("index", "--model", "dhash-64", home=library)
    found = measured(library, *words)
    assert (found["pictures"], found["copies"]) == (80, 54)
    assert set(found["left_out"].values()) == {0}
    of_lite0 = found["models"][LITE0]
    assert of_lite0["map"] > 0.85 > found["models"]["dhash-64"]["map"]
    assert set(of_lite0["alterations"]) == set(ALTERATIONS)
    assert of_lite0["interval"][0] <= of_lite0["map"] <= of_lite0["interval"][1]
    assert found["combined"]["difference"]["to"] == LITE0
    assert measured(library, *words) == found, "the same copies each time"


def test_copies_are_made_in_the_ways_that_were_named(
    library: Home, samples: Path, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    words: list[str | Path] = [samples, "--copies", "--originals", "5"]
    words += ["--model", "dhash-64", "--html", page]
    found = measured(library, *words, "--alteration", "mirrored", "--alteration", "written on")
    assert found["copies"] == 10
    of_hash = found["models"]["dhash-64"]["alterations"]
    assert list(of_hash) == ["mirrored", "written on"]
    assert of_hash["mirrored"] < of_hash["written on"]
    html = page.read_text(encoding="utf-8")
    assert "10 altered copies among 80 pictures" in html
    assert "The original, with how its copy was altered" in html
    assert html.count("data:image/jpeg;base64,") > 5
    assert not re.search(r"(src|href)=\"(?!data:)", html), "it needs nothing beside it"


def test_copies_in_a_folder_are_searched_for(library: Home, samples: Path) -> None:
    """The samples have some; they are not searched among themselves."""
    altered = samples / "altered"
    found = measured(library, samples, "--altered", altered, "--model", LITE0)
    assert (found["pictures"], found["copies"]) == (67, 13)
    assert set(found["left_out"].values()) == {0}
    assert found["models"][LITE0]["r1"] == 1.0
    assert "crop" in found["models"][LITE0]["alterations"]
    text = output_of("measure", samples, "--altered", altered, "--model", LITE0, home=library)
    assert text.splitlines()[1].startswith("EfficientNet-Lite0\t1.000")
    none = run(
        "measure", samples / "night-sky", "--altered", altered, "--model", LITE0, home=library
    )
    assert none.returncode == 1
    assert "no altered copies" in none.stderr


def test_weights_are_shown_set_and_reset(library: Home) -> None:
    assert output_of("models", "weights", home=library) == ""
    assert output_of("models", "weights", f"{VGG}=2.5", f"{LITE0}=0", home=library) == (
        f"{VGG}\t2.5\n{LITE0}\t0\n"
    )
    assert output_of("models", "weights", f"{LITE0}=1", home=library) == (
        f"{VGG}\t2.5\n{LITE0}\t1\n"
    )
    assert output_of("models", "weights", "--equal", home=library) == ""
    for wrong in ("vgg16", "vgg16=", "vgg16=-1", "vgg16=101", "vgg16=nan", "nonsense=1"):
        found = run("models", "weights", wrong, home=library)
        assert found.returncode == 1, wrong
