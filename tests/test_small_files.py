"""Small files that are parsed: whatever is in their place, reading ends soon and with one kind of
error, and writing leaves the old file or the new one."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import run
from model_folders import Made, make_model

from finder.core.errors import FinderError
from finder.core.library.indexing.reliability.crash_journal import CrashSuspects
from finder.core.models.manifest import load_spec
from finder.core.models.registry import list_models
from finder.core.models.runtime.provider_names import Choice
from finder.core.models.runtime.trial_records import note_trials, passed_trials
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.small_files import MAX_BYTES, read_json, read_toml, write_json
from finder.use_cases.models.model_speed import Speed, store_speed, stored_speeds
from finder.workers.provider_choice import ModelProviders

DEEP = 100_000
"""Brackets in each other; for TOML, as many as its limit lets through."""


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(path))


def _sparse(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(1 << 40)


def _text(json_text: str, toml_value: str) -> Callable[[Path], object]:
    """Writes either, by the name of the file."""
    return lambda path: path.write_text(
        json_text if path.suffix == ".json" else f"x = {toml_value}"
    )


PLACED: dict[str, Callable[[Path], object]] = {
    "deep": _text("[" * DEEP, "[" * 19_000),
    "deep tables": _text('{"a":' * DEEP, "{a=" * 6_000),
    "a FIFO": _fifo,
    "a socket": _socket,
    "a folder": lambda path: path.mkdir(),
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path),
    "enormous": _sparse,
    "a large number": _text("9" * 5_000, "9" * 5_000),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "nothing": lambda path: path.write_bytes(b""),
}
"""What may lie in the place of a file."""


Place = Callable[[Path], object]


@pytest.fixture(params=PLACED, ids=str)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Place:
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    return PLACED[request.param]


def test_reading_ends_in_one_kind_of_error(place: Place, tmp_path: Path) -> None:
    for name, read in (("x.json", read_json), ("x.toml", read_toml)):
        path = tmp_path / name
        place(path)
        if name == "x.toml" and path.is_file() and not path.stat().st_size:
            assert read(path) == {}
            continue
        with pytest.raises((OSError, ValueError)) as caught:
            read(path)
        assert str(caught.value)


def test_what_is_there_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('a = "ä"\n[b]\nc = 1\n', encoding="utf-8")
    assert read_toml(tmp_path / "x.toml") == {"a": "ä", "b": {"c": 1}}
    (tmp_path / "link.toml").symlink_to(tmp_path / "x.toml")
    assert read_toml(tmp_path / "link.toml") == {"a": "ä", "b": {"c": 1}}
    write_json(tmp_path / "x.json", {"ä": [1, None]})
    assert read_json(tmp_path / "x.json") == {"ä": [1, None]}
    (tmp_path / "x.json").write_text(json.dumps("x" * (MAX_BYTES - 2)))
    assert len(str(read_json(tmp_path / "x.json"))) == MAX_BYTES - 2
    (tmp_path / "x.json").write_text(json.dumps("x" * (MAX_BYTES - 1)))
    with pytest.raises(ValueError, match="larger"):
        read_json(tmp_path / "x.json")


def test_writing_replaces_the_file_or_leaves_it(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, [1])
    write_json(path, [2])
    with pytest.raises(TypeError):
        write_json(path, [object()])
    assert read_json(path) == [2]
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(OSError):
        write_json(tmp_path / "folder.json", [3])
    assert sorted(tmp_path.iterdir()) == [tmp_path / "folder.json", path], "nothing half made"


# Models


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mean = [", "mean = [1" + "0" * 400 + ", 0, 0] # ["),
        ("version = ", "version = 12" + "0" * 4_500 + " # "),
        ('name = "model.onnx"', 'name = "' + "x" * 300 + '"'),
        ('name = "model.onnx"', r'name = "a\u0000b"'),
    ],
    ids=["too large a number", "too long a number", "too long a name", "no name"],
)
def test_any_fault_of_a_model_is_reported_in_a_sentence(tmp_path: Path, old: str, new: str) -> None:
    folder = make_model(tmp_path, Made())
    text = (folder / "model.toml").read_text()
    assert old in text
    (folder / "model.toml").write_text(text.replace(old, new))
    with pytest.raises(FinderError, match="cannot be used"):
        load_spec(folder)


def test_a_bad_folder_does_not_keep_the_others_from_working(place: Place, tmp_path: Path) -> None:
    good = make_model(tmp_path, Made())
    (tmp_path / "bad").mkdir()
    place(tmp_path / "bad" / "model.toml")
    found, broken = list_models([tmp_path])
    assert [spec.file.parent for spec in found] == [good]
    for model in broken:
        assert model.folder.name == "bad"
        assert model.sentence.startswith(f"The model in {model.folder} cannot be used: ")


def test_every_command_works_beside_a_bad_model(home: Home, samples: Path) -> None:
    for name, text in (("deep", "x = " + "[" * DEEP), ("pipe", "")):
        folder = home.models / name
        folder.mkdir(parents=True)
        if text:
            (folder / "model.toml").write_text(text)
        else:
            os.mkfifo(folder / "model.toml")
    for words in (
        ("index", samples / "cats", "--model", "phash-64"),
        ("search", next((samples / "cats").iterdir())),
        ("models",),
        ("status",),
        ("check",),
    ):
        done = run(*words, home=home)
        assert "Traceback" not in done.stderr
        if words[0] != "check":  # whose findings they are
            assert done.returncode == 0, done.stderr


# Notes in a library


@pytest.fixture
def root(home: Home) -> Home:
    home.root.mkdir()
    return home


def test_what_cannot_be_read_counts_as_missing(
    place: Place, root: Home, fast_spec: ModelSpec
) -> None:
    for path in (root.tried, root.speeds, root.suspects, root.providers):
        place(path)
    assert passed_trials(root) == []
    assert stored_speeds(root) == {}
    assert CrashSuspects(root).paths == set()
    assert ModelProviders(root).as_measured(fast_spec) == Choice()


def test_the_crash_journal_may_hold_anything(place: Place, root: Home) -> None:
    place(root.crash_journal)
    CrashSuspects(root)


@pytest.mark.parametrize(
    "kept",
    ['["a"]', '{"a": ["x", "y", 4]}', '{"a": 1}', '{"a": [1, 2]}', '{"a": [1, null, 4]}', "null"],
)
def test_invalid_speeds_are_left_out(root: Home, kept: str) -> None:
    root.speeds.write_text(kept)
    assert stored_speeds(root) == {}
    speed = Speed(1.0, 2.0, os.cpu_count() or 1)
    store_speed(root, "b", speed)
    assert set(stored_speeds(root)) <= {"b"}


@pytest.mark.parametrize(
    "tried",
    [
        '[{"provider": "x", "rate": "fast", "difference": 0}]',
        '[{"provider": 1}]',
        '["x"]',
        '"x"',
        "1",
        "[]",
    ],
)
def test_invalid_providers_are_measured_again(root: Home, fast_spec: ModelSpec, tried: str) -> None:
    providers = ModelProviders(root, available=["CPU", "CUDA"])
    under = json.dumps(providers._conditions())
    root.providers.write_text(f'{{"{fast_spec.sha256}": {{"under": {under}, "tried": {tried}}}}}')
    assert providers.as_measured(fast_spec) == Choice()


def test_notes_are_private_and_complete(root: Home) -> None:
    note_trials(root, ["a", "b"])
    assert passed_trials(root) == ["a", "b"]
    assert stat.S_ISREG(root.tried.stat().st_mode)
    assert list(root.root.iterdir()) == [root.tried]


def test_a_large_bad_file_takes_no_time(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    began = time.process_time()
    for text in (
        "[" + "a." * 9_000 + "a]\n",
        "a." * 9_000 + "a=1\n",
        "[a]\nb=1\n" * 2_000,
        "a.b=1\n" * 3_000,
    ):
        path.write_text(text)
        try:
            read_toml(path)
        except ValueError:
            continue
    assert time.process_time() - began < 10


def test_an_endless_device_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "model.toml").symlink_to("/dev/zero")
    code = (
        "import resource, sys; from pathlib import Path;"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30));"
        "from finder.core.small_files import read_toml\n"
        "try: read_toml(Path(sys.argv[1]))\n"
        "except (OSError, ValueError) as error: print(type(error).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model.toml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "OSError\n", done.stderr
