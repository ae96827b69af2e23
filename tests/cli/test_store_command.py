"""`image-finder store`, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import error_of, output_of, run
from making import copied
from milvus_server import MilvusWithUsers

from finder.core.library.server.credentials import VARIABLE
from finder.core.library.server.store_settings import read_store_settings
from finder.core.models.spec import DEFAULT_MODEL
from finder.core.paths import Home

HASH = "dhash-64"


@pytest.fixture
def folder(samples: Path, tmp_path: Path) -> Path:
    copied(sorted((samples / "birds").glob("*.jpg"))[:4], tmp_path / "pictures")
    return tmp_path / "pictures"


@pytest.fixture
def indexed(home: Home, folder: Path) -> Iterator[Home]:
    output_of("index", folder, "--model", HASH, home=home)
    yield home


def test_a_library_in_its_folder(indexed: Home) -> None:
    shown = output_of("store", home=indexed)
    assert f"in the library's folder: {indexed.root}" in shown
    assert f"{HASH}\t4 vectors" in shown
    for words in (("test",), ("sync",), ("mirror", "off"), ("index",), ("forget-machine", "x")):
        refused = error_of("store", *words, home=indexed)
        assert "The vectors of this library are in its folder" in refused
    assert "in its folder already" in error_of("store", "use", "embedded", home=indexed)


def test_to_a_server_and_back(
    indexed: Home, folder: Path, milvus_uri: str, library_name: str, samples: Path
) -> None:
    server = (milvus_uri, "--library", library_name)
    tested = output_of("store", "test", *server, home=indexed)
    assert "answers: Milvus 2.3.5" in tested
    assert "Creating, writing, searching and removing work." in tested
    assert "It has no vectors of float16." in tested
    refused = error_of("store", "use", *server, "--precision", "float16", home=indexed)
    assert "cannot keep vectors as float16" in refused
    assert "Milvus 2.4 or newer" in refused
    assert "too." in output_of("store", "copy", "--to", *server, "--verify", home=indexed)
    output_of("store", "use", *server, "--machine", "desk", home=indexed)

    shown = output_of("store", home=indexed)
    assert f"on {milvus_uri} (Milvus 2.3.5-lite), library “{library_name}”." in shown
    assert f"{HASH}\t4 vectors\tBIN_FLAT" in shown
    assert "desk (this machine)\t4 pictures\tlast seen 20" in shown
    assert "desk (this machine)" in output_of("status", home=indexed)
    bird = next(folder.iterdir())
    found = output_of("search", bird, "--model", HASH, "--top", "4", home=indexed)

    output_of("store", "mirror", "off", home=indexed)
    assert "searches run on the server" in output_of("store", home=indexed)
    assert output_of("search", bird, "--model", HASH, "--top", "4", home=indexed) == found
    fetched = run("store", "mirror", "on", home=indexed)
    assert f"Fetching the vectors of {HASH} …" in fetched.stderr
    assert "0 files new or changed, 0 removed" in output_of("store", "sync", home=indexed)
    assert f"{HASH}\tBIN_FLAT" in output_of("store", "index", "HNSW", home=indexed)

    mapped = output_of("store", "map", "nas-2:/mnt/photos", folder, home=indexed)
    assert f"nas-2:/mnt/photos is here\t{folder}" in mapped
    assert "No machine “desc”" in error_of("store", "forget-machine", "desc", home=indexed)
    assert "is this machine" in error_of("store", "forget-machine", "desk", home=indexed)
    other = ("http://127.0.0.1:9", "--library", library_name)
    assert "on another server" in error_of("store", "use", *other, home=indexed)

    filled = run("store", "use", "embedded", home=indexed)
    assert f"Putting the vectors of {HASH} into the library's folder …" in filled.stderr
    assert "in the library's folder" in output_of("store", home=indexed)
    assert output_of("search", bird, "--model", HASH, "--top", "4", home=indexed) == found


def test_a_server_with_users(
    indexed: Home,
    milvus_with_users: MilvusWithUsers,
    library_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = (milvus_with_users.uri, "--library", library_name, "--user", milvus_with_users.user)
    monkeypatch.setenv(VARIABLE, "wrong-secret")
    refused = error_of("store", "use", *server, home=indexed)
    assert "password" in refused
    assert "wrong-secret" not in refused
    assert not read_store_settings(indexed).is_server
    monkeypatch.setenv(VARIABLE, milvus_with_users.password)
    output_of("store", "use", *server, home=indexed)
    assert "4 vectors" in output_of("store", home=indexed)
    written = [path for path in indexed.root.rglob("*") if path.is_file()]
    assert indexed.store_settings in written
    monkeypatch.setenv(VARIABLE, "wrong-secret")
    assert "password" in error_of("store", home=indexed)
    assert all(b"wrong-secret" not in path.read_bytes() for path in written if path.exists())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("use", "ftp://nas"), "not an address of a Milvus server"),
        (("use", "http://ann:pw@nas"), "not kept in addresses"),
        (("use", "http://nas", "--library", "a b"), "not a name of a library"),
        (("test", "http://127.0.0.1:9"), "127.0.0.1"),
        (("map", "photos", "."), "no folder of another machine"),
    ],
)
def test_what_cannot_be(indexed: Home, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in error_of("store", *words, home=indexed)


def test_an_action_that_does_not_exist(home: Home) -> None:
    assert run("store", "drop", home=home).returncode == 2


def test_a_server_with_float16(home: Home, folder: Path, float16_uri: str) -> None:
    output_of("index", folder, "--model", DEFAULT_MODEL, home=home)
    assert "can also be kept as float16" in output_of("store", "test", float16_uri, home=home)
    half, server = ("--precision", "float16"), (float16_uri, "--precision", "float32")
    copied_there = output_of("store", "copy", "--to", float16_uri, *half, "--verify", home=home)
    assert "so it stays" not in copied_there
    said = output_of("store", "copy", "--to", *server, home=home)
    assert "The library on the server has float16: so it stays." in said
    said = output_of("store", "use", *server, home=home)
    assert "The library on the server has float16: so it stays." in said
    assert f"{DEFAULT_MODEL}\t4 vectors\tfloat16\tFLAT" in output_of("store", home=home)
