"""Every subcommand: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import (
    command,
    error_of,
    locked_by_process,
    output_of,
    process_output_of,
    run,
)
from making import copied

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.downloads.offers import catalogue_file, read_offers
from finder.core.paths import Home

FAST = ("--model", "efficientnet-lite0")
NAMES = ["efficientnet-lite0", "efficientnet-lite2", "vgg16"]
BASELINES = ["dhash-256", "dhash-64", "phash-256", "phash-64", "pixels"]


@pytest.fixture
def library(indexed_samples: Home, tmp_path: Path) -> Iterator[Home]:
    """A copy of the samples' library, to be changed."""
    yield Home(Path(shutil.copytree(indexed_samples.root, tmp_path / "library")))


@pytest.fixture
def kitten(samples: Path) -> Path:
    return samples / "cats" / "kitten.jpg"


# Usage


@pytest.mark.parametrize(
    "words", ["", "index", "search", "window", "models", "status", "skipped", "forget"]
)
def test_help_describes_each_command(words: str) -> None:
    text = output_of(*words.split(), "--help")
    assert text.startswith(f"usage: image-finder {words}".rstrip())
    assert "--home" in text


def test_the_version_is_printed() -> None:
    assert process_output_of("--version").startswith("image-finder 0.")


@pytest.mark.parametrize(
    "words",
    [
        "find x.jpg",
        "search",
        "status a.jpg",
        "search a.jpg --top 0",
        "search a.jpg --top 201",
        "search a.jpg --top -1",
        "search a.jpg --top ten",
        "search a.jpg --top 2.5",
        "search a.jpg --metric manhattan",
        "forget",
        "index --model",
        "status now",
    ],
)
def test_wrong_usage_ends_with_2(words: str) -> None:
    assert error_of(*words.split(), code=2).startswith("usage: image-finder")


@pytest.mark.parametrize("top", [1, 200])
def test_the_limits_of_top_are_accepted(indexed_samples: Home, kitten: Path, top: int) -> None:
    text = output_of("search", kitten, "--top", str(top), "--json", home=indexed_samples)
    assert len(json.loads(text)["combined"]) == min(top, 80)


def test_the_home_option_may_be_anywhere(
    indexed_samples: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, other = str(indexed_samples.root), str(tmp_path / "none")
    expected = output_of("status", home=indexed_samples)
    assert home in expected
    assert output_of("--home", home, "status") == expected
    monkeypatch.setenv("IMAGE_FINDER_HOME", home)
    assert output_of("status") == expected
    monkeypatch.setenv("IMAGE_FINDER_HOME", other)
    assert output_of("status", "--home", home) == expected
    assert error_of("status")
    assert output_of("--home", other, "status", "--home", home) == expected, "the nearer one counts"


# index


def test_a_second_index_says_that_nothing_has_changed(library: Home) -> None:
    assert output_of("index", home=library) == ("Everything is up to date: 80 files.\n")


def test_index_prints_counts_and_points_to_the_reasons(
    home: Home, samples: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    copied(sorted((samples / "fish").iterdir())[:3], folder)
    (folder / "empty.jpg").write_bytes(b"")
    first = run("index", folder, *FAST, home=home)
    assert first.returncode == 0
    assert first.stdout == "3 pictures indexed, 1 skipped.\n"
    assert "image-finder skipped" in first.stderr
    (folder / "empty.jpg").rename(folder / "zero.jpg")
    sorted(folder.iterdir())[0].unlink()
    copied([samples / "cats" / "kitten.jpg"], folder)
    os.utime(folder / "discus.jpg", ns=(1, 1))
    assert output_of("index", *FAST, home=home) == (
        "1 picture indexed, 2 no longer there, 1 skipped.\n"
    )


def test_skipped_lists_the_reasons(home: Home, tmp_path: Path) -> None:
    assert error_of("skipped", home=home) != ""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.png").write_text("not a picture")
    output_of("index", folder, *FAST, home=home)
    assert output_of("skipped", home=home).splitlines() == [
        f"{folder}/empty.jpg\tThe file is empty.",
        f"{folder}/text.png\tThe file is not a picture, whatever its name says.",
    ]


def test_skipped_files_are_listed_in_natural_order(home: Home, tmp_path: Path) -> None:
    names = ["Trip 2/img2.jpg", "Trip 2/img10.jpg", "Trip 10/img1.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    output_of("index", tmp_path, *FAST, home=home)
    listed = output_of("skipped", home=home).splitlines()
    assert [line.split("\t")[0] for line in listed] == [str(tmp_path / name) for name in names]


def test_skipped_files_are_read_again_on_request(home: Home, tmp_path: Path, kitten: Path) -> None:
    """A file that was exchanged for another of the same size and time is not noticed otherwise."""
    (picture,) = copied([kitten], tmp_path / "pictures")
    whole, facts = picture.read_bytes(), picture.stat()
    picture.write_bytes(bytes(len(whole)))
    os.utime(picture, ns=(facts.st_mtime_ns, facts.st_mtime_ns))
    output_of("index", picture.parent, *FAST, home=home)
    picture.write_bytes(whole)
    os.utime(picture, ns=(facts.st_mtime_ns, facts.st_mtime_ns))
    assert output_of("index", home=home) == "Everything is up to date: 1 file.\n"
    assert output_of("skipped", "--retry", home=home) == "1 picture indexed.\n"
    assert run("skipped", "--retry", home=home).stderr == "No file was skipped.\n"


def test_where_nothing_was_skipped_nothing_is_listed(indexed_samples: Home) -> None:
    ended = run("skipped", home=indexed_samples)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr == "No file was skipped.\n"


def test_a_missing_folder_is_reported(home: Home, tmp_path: Path, kitten: Path) -> None:
    folder = tmp_path / "pictures"
    copied([kitten], folder)
    output_of("index", folder, *FAST, home=home)
    folder.rename(tmp_path / "away")
    ended = run("index", *FAST, home=home)
    assert ended.returncode == 0
    assert f"{folder} is missing or empty; its pictures were kept in the library." in ended.stdout
    assert "1 picture," in output_of("status", home=home)


def test_what_cannot_be_indexed_is_reported(home: Home, kitten: Path, tmp_path: Path) -> None:
    assert "no folders yet" in error_of("index", home=home)
    assert "There is no folder" in error_of("index", tmp_path / "none", home=home)
    assert "There is no folder" in error_of("index", kitten, home=home)
    message = error_of("index", tmp_path, "--model", "resnet", home=home)
    assert "no model called “resnet”" in message
    assert all(name in message for name in NAMES)


def test_a_home_that_cannot_be_made_is_reported(tmp_path: Path, samples: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    home = Home(tmp_path / "file" / "home")
    assert "cannot be opened" in error_of("index", samples, home=home)


# The rest


def test_models_are_listed_without_a_library_too(home: Home, indexed_samples: Home) -> None:
    text = output_of("models", home=home)
    listed, offered = (lines.splitlines() for lines in text.split("\n\n"))
    assert [line.split()[0] for line in listed[::4]] == [*NAMES, *BASELINES]
    assert len(offered) == 1 + 3 * len(read_offers(catalogue_file()))
    assert text.count("0 of 0 pictures") == 8
    assert not home.root.exists()
    assert output_of("models", home=indexed_samples).count("80 of 80 pictures") == 3


def test_status_describes_the_library(indexed_samples: Home, samples: Path) -> None:
    text = output_of("status", home=indexed_samples)
    assert f"Library   {indexed_samples.root}\n" in text
    assert "Contents  80 pictures, " in text
    assert "Skipped" not in text
    assert f"Folder    {samples} (80 files)\n" in text
    shares = [line.split()[1:4] for line in text.splitlines() if line.startswith("Model ")]
    assert shares == [[name, "on", "80"] for name in NAMES], "what is off and unused is left out"


def test_switching_models_says_which_are_on(library: Home) -> None:
    text = output_of("models", "--off", "vgg16", "--on", "pixels", home=library)
    assert text == "Switched on: efficientnet-lite0, efficientnet-lite2, pixels.\n"
    assert "vgg16                  off  80 of 80 pictures\n" in output_of("models", home=library)


def test_forget_removes_a_folder(library: Home, samples: Path, kitten: Path) -> None:
    assert "neither a folder nor a picture" in error_of("forget", samples / "cats", home=library)
    text = output_of("forget", samples, home=library)
    assert text == f"Forgot {samples}: 80 files. The pictures themselves were not touched.\n"
    assert kitten.is_file()
    assert "Contents  0 pictures" in output_of("status", home=library)
    assert "The library is empty." in error_of("search", kitten, home=library)


def test_forget_makes_no_library(home: Home, samples: Path) -> None:
    assert "There is no library" in error_of("forget", samples, home=home)
    assert not home.root.exists()


def test_a_library_of_a_newer_program_is_refused(home: Home, kitten: Path) -> None:
    with closing(Catalogue(home)) as catalogue:
        catalogue._db.execute("PRAGMA user_version = 99")
    for words in (["status"], ["search", kitten], ["index", kitten.parent], ["skipped"]):
        assert "made by a newer Image Finder (format 99)" in error_of(*words, home=home)


def test_readers_run_beside_a_writer_and_other_writers_do_not(
    library: Home, kitten: Path, samples: Path
) -> None:
    with locked_by_process(library) as holder:
        for words in (["search", kitten], ["status"], ["models"], ["skipped"]):
            assert run(*words, home=library).returncode == 0
        for words in (["index"], ["forget", samples]):
            message = error_of(*words, home=library)
            assert f"written to by another Image Finder (process {holder})" in message
    assert "Everything is up to date" in output_of("index", home=library)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end in another way there")
@pytest.mark.parametrize("words", ["search --json --top 200", "search", "status", "models"])
def test_a_closed_pipe_is_no_error(indexed_samples: Home, kitten: Path, words: str) -> None:
    name, *options = words.split()
    picture = [kitten] if name == "search" else []
    with subprocess.Popen(
        command(name, *picture, *options, home=indexed_samples),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


def imported_by(*words: str | Path) -> set[str]:
    """The packages that a command has imported when it ends."""
    code = (
        "import sys\n"
        "from finder.workers import shutdown\n"
        "shutdown.end_process = lambda code: code\n"  # a query's threads may not have ended yet
        "from finder.__main__ import main\n"
        "from finder.workers import shutdown\n"
        "shutdown.end_process = lambda code: code\n"  # which may end it here, on a busy machine
        "assert main(sys.argv[1:]) == 0\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True
    )
    return set(ended.stderr.splitlines()[-1].split())


def test_each_command_imports_what_it_needs(library: Home, kitten: Path, samples: Path) -> None:
    home = ("--home", library.root)
    milvus, models = {"pymilvus", "milvus_lite", "grpc"}, {"onnxruntime"}
    for words in (["status"], ["models"], ["skipped"]):
        assert not imported_by(*words, *home) & ({"PySide6"} | milvus | models)
    search = imported_by("search", kitten, *home)
    assert not search & ({"PySide6"} | milvus)
    assert search >= models
    assert not imported_by("index", *home) & ({"PySide6"} | milvus), "nothing has changed"
    forget = imported_by("forget", samples, *home)
    assert forget >= milvus - {"grpc"}
    assert "PySide6" not in forget
