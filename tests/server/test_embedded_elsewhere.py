"""Without a mirror: what another machine has embedded is fetched, not embedded again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import in_catalogue
from milvus_server import connected
from shared_machine import MakeMachine, assert_right

from finder.core.library.indexing import look_ahead, worker
from finder.core.library.server.server_address import ServerAddress
from finder.core.library.server.server_names import Collections
from finder.core.library.server.sharing import Sharing
from finder.core.library.thumbnail_store import read_thumbnail
from finder.core.models.spec import ModelSpec
from finder.core.pictures.decode import decode
from finder.use_cases.library.move_library import set_mirror


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """By which models pictures were embedded, one after the other."""
    names: list[str] = []
    embed = worker.embedded_or_failure

    def noted(extractor: Any, image: Any) -> object:
        names.append(extractor.spec.name)
        return embed(extractor, image)

    monkeypatch.setattr(worker, "embedded_or_failure", noted)
    return names


def _refusing_pictures(data: bytes, *args: Any) -> object:
    assert data == b"no picture", "a picture that is known already is decoded"
    return decode(data, *args)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """About how many pictures the server was asked, each time."""
    numbers: list[int] = []
    ask = Sharing.stored_pictures

    def counted(sharing: Sharing, pictures: Sequence[int], models: Sequence[str]) -> object:
        numbers.append(len(pictures))
        return ask(sharing, pictures, models)

    monkeypatch.setattr(Sharing, "stored_pictures", counted)
    return numbers


def test_what_another_machine_has_embedded_is_not_embedded_again(
    machine: MakeMachine,
    birds: list[Path],
    address: ServerAddress,
    hash_spec: ModelSpec,
    fast_spec: ModelSpec,
    embedded: list[str],
    asked: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = machine("one"), machine("two")
    one.add(*birds[:6])
    one.index()
    one.use(address)
    two.index()
    two.use(address)
    set_mirror(two.home, False, "a test")
    assert two.names() == set()
    embedded.clear()
    monkeypatch.setattr(worker, "decode", _refusing_pictures)

    two.add(*birds[:4])
    (two.folder / "a copy.jpg").write_bytes(birds[0].read_bytes())
    (two.folder / "no picture.jpg").write_bytes(b"no picture")
    assert two.index() == 5
    assert embedded == []
    assert asked == [5], "one question about all files, of which two are the same picture"
    assert len(two.places()) == 5
    assert two.pictures().keys() <= one.pictures().keys()
    for picture, record in two.pictures().items():
        assert record.facts == one.pictures()[picture].facts
        assert read_thumbnail(two.home, picture)
    assert_right(two)

    monkeypatch.setattr(worker, "decode", decode)
    two.specs = [hash_spec, fast_spec]
    two.add(*birds[4:7])  # one of them is new to both
    assert two.index() == 8
    assert embedded.count(hash_spec.name) == 1
    assert embedded.count(fast_spec.name) in (7, 8), "the copies at the same time, perhaps"
    assert len(in_catalogue(two.home, fast_spec.name)) == 7
    assert len(two.on_server(hash_spec)) == 7
    assert_right(two)


def test_a_place_without_facts_or_a_broken_vector(
    machine: MakeMachine,
    birds: list[Path],
    address: ServerAddress,
    fast_spec: ModelSpec,
    embedded: list[str],
    asked: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What another machine, or somebody else, has left there may be anything."""
    monkeypatch.setattr(look_ahead, "_AT_ONCE", 1)
    monkeypatch.setattr(look_ahead, "_PER_WORKER", 0)
    one, two = machine("one"), machine("two")
    one.specs = two.specs = [fast_spec]
    one.add(*birds[:3])
    one.index()
    one.use(address)
    two.begin()
    two.use(address)
    set_mirror(two.home, False, "a test")
    names = Collections(address.library)
    with connected(address.uri) as client:
        rows = client.query(names.places, "picture >= 0", ["*"], consistency_level="Strong")
        client.upsert(names.places, [{**rows[0], "facts": "{}"}, {**rows[1], "thumbnail": "x"}])
        (model,) = names.models(client.list_collections()).values()
        broken = client.query(model, f"id == {rows[2]['picture']}", ["*"])
        client.upsert(model, [{**row, "vector": [0.5] * fast_spec.dimension} for row in broken])
    embedded.clear()
    two.add(*birds[:3])
    assert two.index() == 3
    assert embedded == [fast_spec.name], "only the one whose vector is broken"
    assert asked == [1, 1, 1]
    vectors = two.on_server(fast_spec)
    np.testing.assert_allclose([np.linalg.norm(v) for v in vectors.values()], 1, rtol=1e-5)
    for picture, record in two.pictures().items():
        assert record.facts == one.pictures()[picture].facts
        assert read_thumbnail(two.home, picture)
    assert_right(two)
