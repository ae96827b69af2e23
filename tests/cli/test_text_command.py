"""The text in pictures on the command line."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import error_of, output_of, run
from written_pictures import needs_reader, saved, written

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.words.name_match import Where
from finder.core.paths import Home
from finder.core.text_recognition import text_reader
from finder.use_cases.search.name_matches import find_names


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    saved(written(["Boarding gate 12", "Seat by the window"]), tmp_path / "pages" / "pass.png")
    saved(written([]), tmp_path / "pages" / "empty.png")
    return tmp_path / "pages"


@pytest.fixture
def library(home: Home, pages: Path) -> Home:
    output_of("index", "--model", "pixels", pages, home=home)
    return home


def status(home: Home, *words: str | Path) -> dict[str, Any]:
    answer = json.loads(output_of("text", *words, "--json", home=home))
    assert isinstance(answer, dict)
    return answer


@needs_reader
def test_the_time_is_said_before_it_is_switched_on(library: Home) -> None:
    said = output_of("text", home=library).splitlines()
    assert said[0] == "Text in pictures is not read."
    assert said[1] == "0 of 2 pictures were looked at for text; 0 have some"
    assert said[2].startswith("2 pictures are left: 0.")
    assert said[2].endswith(" in all on this computer.")
    assert len(said) == 3
    on = output_of("text", "--on", home=library).splitlines()
    assert on[0] == "Text in pictures is read."
    assert on[2].startswith("2 pictures are left: ")
    assert on[3] == "“image-finder index” reads them."


@needs_reader
def test_indexing_reads_it_once_it_is_on(library: Home, pages: Path) -> None:
    output_of("text", "--on", home=library)
    ended = run("index", "--model", "pixels", home=library)
    assert ended.stdout == "2 pictures were read for text.\n"
    assert "Reading text in 2 pictures …" in ended.stderr
    shown = output_of("text", pages / "pass.png", home=library)
    assert shown.splitlines() == ["Boarding gate 12", "Seat by the window"]
    assert status(library) == {
        "on": True,
        "installed": True,
        "pictures": 2,
        "looked_at": 2,
        "with_text": 1,
        "failed": 0,
        "left": 0,
        "seconds_per_picture": None,
        "seconds": None,
    }
    line = "2 of 2 pictures were looked at for text; 1 has some"
    assert f"Text      {line}\n" in output_of("status", home=library)
    assert f"Text in pictures: {line}\n" in output_of("models", home=library)


@needs_reader
def test_a_picture_s_lines_for_a_program(library: Home, pages: Path) -> None:
    output_of("text", "--on", home=library)
    output_of("index", "--model", "pixels", home=library)
    read = status(library, pages / "pass.png")
    assert read["path"] == str(pages / "pass.png")
    assert read["reason"] is None
    assert [line["text"] for line in read["lines"]] == ["Boarding gate 12", "Seat by the window"]
    left, top, right, bottom = read["lines"][0]["box"]
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 0.5
    assert status(library, pages / "empty.png")["lines"] == []
    ended = run("text", pages / "empty.png", home=library)
    assert ended.stderr == "No text was found in this picture.\n"


@needs_reader
def test_searches_for_words_find_it_with_its_place(library: Home, pages: Path) -> None:
    output_of("text", "--on", home=library)
    output_of("index", "--model", "pixels", home=library)
    with closing(Catalogue(library)) as catalogue:
        (found,) = find_names(catalogue, "window seat", 9)
        assert found.where is Where.PICTURE
        assert found.words == "Seat by the window"
        assert found.picture.paths == (str(pages / "pass.png"),)
        (box,) = found.boxes
        assert 0.4 < (box.top + box.bottom) / 2 < 0.8
        assert find_names(catalogue, "luggage", 9) == []


@needs_reader
def test_a_check_finds_a_damaged_text_and_it_is_read_again(library: Home, pages: Path) -> None:
    output_of("text", "--on", home=library)
    output_of("index", "--model", "pixels", home=library)
    with closing(Catalogue(library)) as catalogue:
        catalogue.connection.execute("UPDATE recognised_text SET text = 'odd' WHERE text != ''")
    assert run("check", home=library).returncode == 1
    output_of("check", "--repair", home=library)
    output_of("index", "--model", "pixels", home=library)
    shown = output_of("text", pages / "pass.png", home=library)
    assert shown.splitlines() == ["Boarding gate 12", "Seat by the window"]
    output_of("check", home=library)


@needs_reader
def test_what_was_read_can_be_forgotten(library: Home, pages: Path) -> None:
    output_of("text", "--on", home=library)
    output_of("index", "--model", "pixels", home=library)
    assert status(library, "--off")["with_text"] == 1
    assert " (off)" in output_of("status", home=library)
    ended = run("text", "--forget", home=library)
    assert ended.stderr == "The text of 2 pictures was removed.\n"
    assert status(library)["looked_at"] == 0
    assert "Text " not in output_of("status", home=library)
    ended = run("text", pages / "pass.png", home=library)
    assert ended.stderr == "No text was looked for in this picture yet.\n"


def test_without_the_extra_the_command_that_installs_it_is_said(
    library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_reader, "find_spec", lambda name: None)
    command = 'pip install "image-finder[ocr]"'
    assert command in output_of("text", home=library)
    error = error_of("text", "--on", home=library)
    assert error.endswith(f"To install it: {command}\n")
    assert status(library)["on"] is False
    assert status(library)["installed"] is False


def test_wrong_uses_are_explained(home: Home, pages: Path) -> None:
    assert "There is no library" in error_of("text", home=home)
    output_of("index", "--model", "pixels", pages, home=home)
    error = error_of("text", pages / "pass.png", "--on", home=home)
    assert error.endswith("A picture's text is shown: leave out --on, --off and --forget.\n")
    error_of("text", "--on", "--off", home=home, code=2)
