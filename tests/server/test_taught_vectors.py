"""The vectors of a taught model in a library on a server: computed here, stored there."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from making import as_bytes, matrix_vectors
from shared_machine import Machine

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.full_check import check
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_store import ServerStore
from finder.core.library.server.store_settings import read_store_settings
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.teaching.projection import Projection
from finder.use_cases.evaluation import teach_model
from finder.use_cases.library.move_library import set_mirror

Found = TypeVar("Found")


def finished(run: Generator[object, None, Found]) -> Found:
    while True:
        try:
            next(run)
        except StopIteration as stop:
            found: Found = stop.value
            return found


@pytest.mark.parametrize("mirror", [True, False])
def test_they_are_stored_on_the_server_with_the_facts_that_filters_need(
    milvus_uri: str,
    library_name: str,
    tmp_path: Path,
    samples: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    mirror: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(teach_model, "_BLOCK", 2)
    one = Machine(tmp_path, "one", [hash_spec], extractors)
    one.add(*sorted((samples / "birds").glob("*.jpg"))[:5])
    one.index()
    one.use(parse(milvus_uri, library=library_name))
    if not mirror:
        set_mirror(one.home, False, "a test")
    matrix = np.random.default_rng(1).normal(size=(hash_spec.dimension, 6)).astype(np.float32)
    projection = Projection(matrix, np.zeros(6, np.float32))
    new = replace(hash_spec, name="taught", kind="onnx", dimension=6, sha256="c" * 64)
    with LibraryWriter(one.home, "a test") as writer:
        run = teach_model.store_vectors(writer, new, [hash_spec], projection)
        assert finished(run) == (5, 0)

    base, stored = one.on_server(hash_spec), one.on_server(new)
    assert stored.keys() == base.keys()
    pictures = sorted(base)
    expected = projection(np.stack([base[picture] for picture in pictures]))
    np.testing.assert_allclose([stored[picture] for picture in pictures], expected, atol=1e-6)
    with closing(Catalogue(one.home)) as catalogue:
        state = catalogue.models.states()["taught"]
        facts = catalogue.pictures.stored_facts(pictures)
    widths = {picture: facts[picture].width for picture in pictures}
    with closing(ServerStore(ServerLibrary(read_store_settings(one.home)))) as store:
        for picture, width in widths.items():
            ids, _ = store.fetch_where(state, f"width == {width}")
            assert picture in ids.tolist()
    if mirror:
        assert as_bytes(matrix_vectors(one.home, "taught")) == as_bytes(stored)
    *_, last = check(one.home, [hash_spec], [], False)
    assert [finding.sentence for finding in last.findings] == []
