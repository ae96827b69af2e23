"""`image-finder FILE...`: what the window opens, and what is a mistyped word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_line import error_of
from playing import FAST, Begin, names

from finder.cli.arguments import parse
from finder.core.models.registry import list_models
from finder.core.paths import Home, shipped_models_dir
from finder.gui.models.import_dialog import ImportDialog


def opened(*words: str | Path) -> list[str] | None:
    """What the window is asked to open; None for another command."""
    options = parse([*map(str, words)])
    return options.paths if options.command in (None, "window") else None


def test_files_and_folders_are_for_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "status").mkdir()
    (tmp_path / "holiday").mkdir()
    (tmp_path / "--odd.jpg").touch()
    monkeypatch.chdir(tmp_path)
    assert opened() == []
    assert opened("photo.jpg") == ["photo.jpg"], "the window says that it is missing"
    assert opened("a.HEIC", "b.jpg") == ["a.HEIC", "b.jpg"]
    assert opened("net.onnx") == ["net.onnx"]
    assert opened("holiday") == ["holiday"]
    assert opened(tmp_path) == [str(tmp_path)]
    assert opened("window", "serch") == ["serch"]
    assert opened("--", "--odd.jpg") == ["--odd.jpg"]
    assert opened("status") is None, "a command comes first"


@pytest.mark.parametrize("words", [["--home", "/h", "a.jpg"], ["--home=/h", "a.jpg"]])
def test_the_library_may_be_named_before_the_file(words: list[str]) -> None:
    options = parse(words)
    assert (options.home, options.paths) == ("/h", ["a.jpg"])
    assert parse(["a.jpg", "--home", "/h"]).home == "/h"


def test_a_part_of_the_screen_is_for_the_window() -> None:
    for words in (["--capture"], ["window", "--capture"], ["--home", "/h", "--capture"]):
        options = parse(words)
        assert options.capture
        assert options.command in (None, "window")
    assert not parse([]).capture
    assert not parse(["window"]).capture
    for other in ("--capture a.jpg", "--capture status", "window --capture a.jpg"):
        message = error_of(*other.split(), code=2).splitlines()[-1]
        assert message.endswith("--capture opens the window, without files or another command")


def test_a_mistyped_command_option_or_value_is_named() -> None:
    for words, question in (
        ("serch a.jpg", "There is no command “serch”. Did you mean “search”?"),
        ("stauts", "Did you mean “status”?"),
        ("models instal x", "There is no command “instal”. Did you mean “install”?"),
        ("search a.jpg --tpo 3", "Did you mean “--top”?"),
        ("search a.jpg --jsno", "Did you mean “--json”?"),
        ("models --prvider cpu", "unrecognized arguments: --prvider. Did you mean “--provider”?"),
        ("--hoem /h search a.jpg", "unrecognized arguments: --hoem. Did you mean “--home”?"),
        ("status --hoem /h", "unrecognized arguments: --hoem /h. Did you mean “--home”?"),
        ("search a.jpg --metric euclidian", "Did you mean “euclidean”?"),
    ):
        message = error_of(*words.split(), code=2).splitlines()[-1]
        assert message.endswith(question), message


def test_what_resembles_nothing_gets_no_suggestion() -> None:
    assert error_of("xyzzy", code=2).endswith(
        "There is no command “xyzzy”. “image-finder --help” lists the commands.\n"
    )
    assert "Did you mean" not in error_of("search", "a.jpg", "--xyzzy", code=2)
    assert "Did you mean" not in error_of("status", "now", code=2)


def test_too_many_files_are_refused() -> None:
    assert "at most" in error_of(*["a.jpg"] * 101, code=2)
    assert len(parse(["a.jpg"] * 100).paths) == 100


def test_a_mistyped_model_is_named(indexed_samples: Home, samples: Path) -> None:
    kitten = samples / "cats" / "kitten.jpg"
    for words in (
        ["search", kitten, "--model", "vgg-16"],
        ["models", "--on", "VGG16"],
        ["index", "--model", "vgg61"],
        ["models", "reindex", "vg16"],
    ):
        message = error_of(*words, home=indexed_samples)
        assert message.endswith("Did you mean “vgg16”?\n"), message
    offered = error_of("models", "install", "resnet-50", home=indexed_samples)
    assert "Did you mean “resnet50" in offered
    other = error_of("search", kitten, "--model", "x", home=indexed_samples)
    assert "Choose one of these: efficientnet-lite0, " in other


def test_the_window_opens_several_pictures_as_one_query(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library)
    pictures = [str(samples / "cats" / "kitten.jpg"), str(samples / "birds" / "kingfisher.jpg")]
    player.answer(lambda: player.conductor.start(pictures))
    assert set(names(player.columns[0])[:2]) == {"kitten.jpg", "kingfisher.jpg"}


def test_the_window_adds_a_folder(begin: Begin, home: Home, samples: Path) -> None:
    player = begin(home, FAST)
    player.conductor.start([str(samples / "cats")])
    player.wait(lambda: player.controllers.library.overview.pictures > 0)
    assert [f.path for f in player.controllers.library.overview.folders] == [str(samples / "cats")]


def test_the_window_imports_a_model(begin: Begin, library: Home, tmp_path: Path) -> None:
    specs, _ = list_models([shipped_models_dir()])
    model = Path(shutil.copy(specs[0].file, tmp_path / "net.onnx"))
    player = begin(library)
    player.conductor.start([str(model)])
    player.wait(lambda: player.window.findChild(ImportDialog) is not None)
