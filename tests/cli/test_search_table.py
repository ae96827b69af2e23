"""How matches are shown: a table that fits the terminal, lines and JSON for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from making import FACTS, tiny_spec

from finder.cli.output.text_width import text_width
from finder.cli.search_agreement import agreement_lines
from finder.cli.search_output import result_as_json, result_rows
from finder.cli.search_table import result_lines
from finder.core.library.catalogue.records import PictureRecord
from finder.core.models.spec import ModelSpec
from finder.core.search.agreement import agreements
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result, Standing
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.verify.sameness import SameKind, Sameness

THERE = PictureRecord(1, FACTS, ("/p/cats/one.jpg",))
AWAY = PictureRecord(2, FACTS, ("/q/dogs/two.jpg",), frozenset({"/q/dogs/two.jpg"}))
PARTLY = PictureRecord(3, FACTS, ("/p/three.jpg", "/q/three.jpg"), frozenset({"/q/three.jpg"}))
NAMES = (
    "/home/anna/Pictures/fish/fish_021.png",
    "/home/anna/Pictures/제주도 여행/성산 일출봉에서 아침에 찍은 사진 0231.jpg",
    "/home/anna/Pictures/Đà Lạt/Nguyễn Thị Hương – chợ đêm.jpg",
    f"/home/anna/Pictures/{'a-very-long-name-' * 8}0001.jpg",
    "/home/anna/Pictures/שלום/תמונה 12.png",
)
TITLES = ("EfficientNet-Lite0", "VGG16", "DINOv2 ViT-S/14", "pHash, 64 bits")


def result_of(*pictures: PictureRecord, models: int = 1) -> Result:
    """The models rank the pictures in different orders, the last of ten starting with the last."""
    names = [spec.name for spec in specs_of(models)]
    orders = {
        name: pictures[number % len(pictures) :] + pictures[: number % len(pictures)]
        for number, name in enumerate(names)
    }
    ranked = {
        name: [
            Match(rank, picture, rank / 4, max(0.0, 130.0 - 30.0 * rank))
            for rank, picture in enumerate(order, 1)
        ]
        for name, order in orders.items()
    }
    combined = [
        Match(rank, picture, 9.5 - rank, 110.5 - 20 * rank)
        for rank, picture in enumerate(pictures, 1)
    ]
    standings: dict[int, dict[str, Standing]] = {picture.id: {} for picture in pictures}
    for name, matches in ranked.items():
        for match in matches:
            standings[match.picture.id][name] = Standing(match.rank, match.score, 0.5)
    return Result(
        query=Query((QueryItem("/q/asked.jpg", b""),)),
        metric=Metric.EUCLIDEAN,
        metrics=dict.fromkeys(names, Metric.EUCLIDEAN),
        models=ranked,
        combined=combined,
        combined_over=len(pictures),
        standings=standings,
        combined_standings={
            m.picture.id: Standing(m.rank, m.score, m.score, m.closeness) for m in combined
        },
        seconds=dict.fromkeys(names, 0.0),
        combined_seconds=0.0,
        extraction_seconds=0.0,
    )


def specs_of(models: int) -> list[ModelSpec]:
    return [
        replace(tiny_spec(f"tiny{number}"), title=TITLES[number % len(TITLES)])
        for number in range(models)
    ]


def table(result: Result, width: int) -> list[str]:
    return list(result_lines(result, specs_of(len(result.models)), width))


def pictures_called(*paths: str) -> Sequence[PictureRecord]:
    return [PictureRecord(number, FACTS, (path,)) for number, path in enumerate(paths, 1)]


def test_one_model_is_a_list_with_whole_paths() -> None:
    assert table(result_of(THERE, AWAY, PARTLY), 60) == [
        "Like /q/asked.jpg",
        "Euclidean distance: 0 is the same picture.",
        "",
        "    EfficientNet-Lite0",
        "  1 0.250 same    /p/cats/one.jpg",
        "  2 0.500 similar (offline) /q/dogs/two.jpg",
        "  3 0.750 similar /p/three.jpg",
        "",
        "Most alike: /p/cats/one.jpg",
    ]


def test_models_are_side_by_side_where_there_is_room() -> None:
    assert table(result_of(THERE, AWAY, models=2), 100)[1:6] == [
        "Euclidean distance: 0 is the same picture. Combined: 100 is the same picture.",
        "",
        "    Combined                        EfficientNet-Lite0              VGG16",
        "  1 90 cats/one.jpg                 0.250 cats/one.jpg"
        "              0.250 (offline) dogs/two.jpg",
        "  2 70 (offline) dogs/two.jpg       0.500 (offline) dogs/two.jpg    0.500 cats/one.jpg",
    ]


def test_where_there_is_no_room_a_row_has_a_pictures_rank_in_each_model() -> None:
    assert table(result_of(THERE, AWAY, models=3), 78)[1:10] == [
        "Euclidean distance: 0 is the same picture. Combined: 100 is the same picture.",
        "",
        "  ┌ Combined",
        "  │       ┌ EfficientNet-Lite0",
        "  │       │          ┌ VGG16",
        "  │       │          │          ┌ DINOv2 ViT-S/14",
        "  │       │          │          │",
        "  1 90    1 0.250    2 0.500    1 0.250  /p/cats/one.jpg",
        "  2 70    2 0.500    1 0.250    2 0.500  (offline) /q/dogs/two.jpg",
    ]


def test_with_many_models_distances_are_left_out_before_names() -> None:
    lines = table(result_of(*pictures_called(*NAMES), models=10), 80)
    assert lines[1] == "Ranks in each model. Combined: 100 is the same picture."
    assert lines[15] == (
        "  1 90   1   5   4   3   2   1   5   4   3   2  …/Pictures/fish/fish_021.png"
    )


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize("models", [1, 3, 10])
def test_no_line_of_a_table_is_wider_than_the_terminal(models: int, width: int) -> None:
    result = result_of(*pictures_called(*NAMES), models=models)
    lines = table(result, width)
    assert max(map(text_width, lines[1:-1])) <= width, lines
    assert sum("fish_021.png" in line for line in lines[3:-2]) >= 1


@pytest.mark.parametrize(("models", "narrowest"), [(1, 24), (3, 30)])
def test_marks_leave_room_for_the_name(models: int, narrowest: int) -> None:
    proof = Sameness(SameKind.MIRRORED, 0.9, ((1, 0), (0, 0), (0, 1), (1, 1)))
    result = replace(result_of(THERE, AWAY, models=models), same={AWAY.id: proof})
    marks = set()
    for width in range(narrowest, 80):
        (line,) = (line for line in table(result, width)[3:-1] if "two.jpg" in line)
        assert text_width(line) <= width
        marks.add(("(offline)" in line, "(mirrored)" in line))
    assert {(False, False), (True, True)} <= marks


def test_a_models_nearest_is_shown_even_if_the_combined_ranking_has_it_far_down() -> None:
    pictures = pictures_called(*(f"/p/{number}.jpg" for number in range(30)))
    whole = result_of(*pictures, models=3)
    third = replace(pictures[20], id=21)
    short = replace(
        whole,
        combined=whole.combined[:2],
        models={
            name: [Match(1, third, 0.25)] if name == "tiny2" else matches[:2]
            for name, matches in whole.models.items()
        },
    )
    rows = [line for line in table(short, 70) if ".jpg" in line][1:-1]
    assert [row.split()[0] for row in rows] == ["1", "2", "21"]
    assert rows[2].endswith("/p/20.jpg")


def test_a_picture_that_a_model_has_not_embedded_has_no_rank_there() -> None:
    result = result_of(THERE, PARTLY, models=3)
    del result.standings[3]["tiny1"]
    assert table(result, 78)[9] == "  2 70    2 0.500    –          2 0.500  /p/three.jpg"


def test_several_query_pictures_are_named() -> None:
    result = result_of(THERE, AWAY)
    assert "queries" not in result_as_json(result)
    items = [QueryItem(f"/q/{name}.jpg", b"", picture=id) for id, name in enumerate("abc", 1)]
    for count, head in ((1, "/q/a.jpg"), (2, "/q/a.jpg and 1 more"), (3, "/q/a.jpg and 2 more")):
        several = replace(result, query=Query(tuple(items[:count])))
        first, *_, last = table(several, 60)
        assert first == f"Like {head}"
        assert ("Most alike" in last) == (count == 1), "none but the query's own is left"
    found = result_as_json(several)
    assert found["query"] == "/q/a.jpg"
    assert found["queries"] == ["/q/a.jpg", "/q/b.jpg", "/q/c.jpg"]


def test_the_most_alike_is_marked_if_it_is_offline() -> None:
    assert table(result_of(AWAY), 80)[-1] == "Most alike: /q/dogs/two.jpg (offline)"


@pytest.mark.parametrize("kind", ["tiny0", "combined"])
def test_only_what_is_offline_is_marked_in_json(kind: str) -> None:
    found = result_as_json(result_of(THERE, AWAY, PARTLY))
    rows = found["combined"] if kind == "combined" else found["models"][kind]
    assert [row.get("offline") for row in rows] == [None, True, None]
    assert [row["path"] for row in rows] == ["/p/cats/one.jpg", "/q/dogs/two.jpg", "/p/three.jpg"]


def test_lines_for_programs_have_whole_paths_and_a_mark_for_what_is_offline() -> None:
    assert list(result_rows(result_of(THERE, AWAY))) == [
        ("tiny0", "1", "0.250", "/p/cats/one.jpg"),
        ("tiny0", "2", "0.500", "/q/dogs/two.jpg", "offline"),
    ]
    rows = list(result_rows(result_of(*pictures_called(*NAMES), models=2)))
    assert [row[0] for row in rows] == ["combined"] * 5 + ["tiny0"] * 5 + ["tiny1"] * 5
    assert {row[3] for row in rows} == set(NAMES)


def test_a_word_says_how_close_where_there_is_room() -> None:
    result = result_of(THERE, AWAY, PARTLY, models=2)
    line = table(result, 160)[4]
    assert line.split() == [
        *("1", "90", "nearly", "cats/one.jpg"),
        *("0.250", "same", "cats/one.jpg"),
        *("0.250", "same", "(offline)", "dogs/two.jpg"),
    ]
    assert "same" not in table(result, 100)[4]


def test_a_line_says_how_far_each_model_agrees_with_the_combined_ranking() -> None:
    result = result_of(THERE, AWAY, PARTLY, models=2)
    result.models["tiny1"].pop(0)
    sentence = "Shared with Combined, of the first 3: EfficientNet-Lite0 3, VGG16 2."
    assert sentence in table(result, 160)
    assert not any("Shared with" in line for line in table(result_of(THERE), 160))


def test_agreement_is_a_line_for_each_two_rankings() -> None:
    result = result_of(THERE, AWAY, PARTLY, models=2)
    result.models["tiny1"].pop(0)
    specs = specs_of(2)
    lines = list(agreement_lines(result, specs, 60))
    assert lines[0] == "Like /q/asked.jpg"
    assert lines[-3:] == [
        " 3 of 3   1.00   Combined and EfficientNet-Lite0",
        f" 2 of 3   {agreements(result)['', 'tiny1'].rank_biased:.2f}   Combined and VGG16",
        f" 2 of 3   {agreements(result)['tiny0', 'tiny1'].rank_biased:.2f}"
        "   EfficientNet-Lite0 and VGG16",
    ]
    assert max(map(len, agreement_lines(result, specs, 30))) == 30
    (alone,) = agreement_lines(result_of(THERE), specs_of(1), 60)
    assert alone == "Fewer than two models have answered."


def test_json_has_closeness_and_agreement() -> None:
    result = result_of(THERE, AWAY, PARTLY, models=2)
    found = result_as_json(result)
    first, second, _ = found["models"]["tiny0"]
    assert (first["closeness"], first["word"]) == (100.0, "same_picture")
    assert (second["closeness"], second["word"]) == (70.0, "similar")
    assert found["combined"][0]["in_top"] == ["tiny0", "tiny1"]
    assert found["agreement"][0] == {
        "rankings": ["combined", "tiny0"],
        "top": 3,
        "shared": 3,
        "rank_biased_overlap": 1.0,
    }
    assert [a["rankings"] for a in found["agreement"]][1:] == [
        ["combined", "tiny1"],
        ["tiny0", "tiny1"],
    ]
