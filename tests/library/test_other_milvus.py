"""milvus-lite in another version than the lean classes were tested with: the program works, and
notes it in its log. The versions are copies of the installed one with something changed."""

from __future__ import annotations

import re
import shutil
from importlib import metadata
from pathlib import Path

import milvus_lite
import pytest
from command_line import run
from forking import PROGRAM, ForkedProcesses
from making import assert_in_step

from finder.core.library.vectors import lean_engine as lean
from finder.core.library.vectors.engine_version import TESTED_VERSION, _differences
from finder.core.paths import Home

MODEL = "phash-64"
PLAIN = "runs without the lean classes"

_INDEX_AND_CHECK = """
from finder.cli.arguments import parse
from finder.cli.run import run_command
folder, model, *home = sys.argv[1:]
sys.exit(
    run_command(parse(["index", folder, "--model", model, *home]))
    or run_command(parse(["check", *home]))
)
"""


def other_version(
    folder: Path, old: str = "", new: str = "", version: str = TESTED_VERSION
) -> dict[str, str]:
    """The environment of a process that finds a changed milvus-lite first: one word is replaced
    everywhere."""
    package = folder / "milvus_lite"
    shutil.copytree(Path(milvus_lite.__file__).parent, package)
    for file in package.rglob("*.py") if old else ():
        text = file.read_text(encoding="utf-8")
        changed = re.sub(rf"\b{old}\b", new, text)
        if changed != text:  # what is left as it was need not be compiled again
            file.write_text(changed, encoding="utf-8")
    about = folder / f"milvus_lite-{version}.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text(f"Metadata-Version: 2.1\nName: milvus-lite\nVersion: {version}\n")
    return {"PYTHONPATH": str(folder)}


@pytest.fixture
def pictures(samples: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(samples / "cats", tmp_path / "cats"))


def test_the_installed_version_is_the_tested_one() -> None:
    assert metadata.version("milvus-lite") == TESTED_VERSION
    lean.remove()
    try:
        assert list(_differences()) == []
    finally:
        lean.install()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("start_server_in_thread", "start_server"),
        ("Segment", "DataFile"),
        ("MemTable", "RowTable"),
        ("CompactionManager", "Merger"),
        ("_select_target", "_choose"),
        ("validate_record", "check_record"),
        ("get_vector_field", "vector_field_of"),
        ("SchemaValidationError", "BadSchema"),
        ("pq", "parquet"),
        ("_collections", "_opened"),
        ("_bg_executor", "_workers"),
        ("file_path", "path"),
    ],
)
def test_the_program_works_with_another_version(
    home: Home, pictures: Path, tmp_path: Path, forked: ForkedProcesses, old: str, new: str
) -> None:
    version = TESTED_VERSION if old else "3.2.9"
    environment = other_version(tmp_path / "site", old, new, version)
    ended = forked.run(_INDEX_AND_CHECK, pictures, MODEL, "--home", home.root, env=environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    logged = home.log.read_text() if home.log.exists() else ""
    assert "Traceback" not in ended.stderr + logged
    if old != "start_server_in_thread":  # which we do not use
        assert PLAIN in logged
    checked = run("check", home=home)
    assert checked.returncode == 0, "the tested version reads what the other one has written"
    assert len(assert_in_step(home, MODEL)) == len(list(pictures.iterdir()))


@pytest.mark.parametrize("name", ["MilvusLite", "MilvusServicer"])
def test_a_version_that_cannot_be_run_is_reported_in_a_sentence(
    home: Home, pictures: Path, tmp_path: Path, forked: ForkedProcesses, name: str
) -> None:
    environment = other_version(tmp_path / "site", name, "Renamed", "9.0")
    for words in (("index", pictures, "--model", MODEL), ("check",)):
        done = forked.run(PROGRAM, *words, "--home", home.root, env=environment)
        if words == ("check",) and not home.vectors.exists():
            continue
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "Version 9.0 of milvus-lite does not work with this program." in done.stderr
        assert f"Install version {TESTED_VERSION} of it." in done.stderr


def test_a_change_in_a_running_program_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from milvus_lite.engine import collection
    from milvus_lite.storage.memtable import MemTable

    lean.remove()
    assert list(_differences()) == []
    with monkeypatch.context() as patch:
        patch.setattr(collection, "validate_record", lambda record: None)
        patch.delattr(MemTable, "_build_data_table")
        assert list(_differences()) == [
            "storage.memtable.MemTable._build_data_table is not there",
            "engine.collection.validate_record takes other arguments",
        ]
    lean.install()


def test_a_reader_needs_no_milvus(
    home: Home, pictures: Path, tmp_path: Path, forked: ForkedProcesses
) -> None:
    assert run("index", pictures, "--model", MODEL, home=home).returncode == 0
    environment = other_version(tmp_path / "site", "MilvusLite", "Renamed")
    words = "search", next(pictures.iterdir()), "--home", home.root
    done = forked.run(PROGRAM, *words, env=environment)
    assert done.returncode == 0, done.stderr
