"""A machine that keeps no copy of the vectors, and searches on the server."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from making import matrix_vectors
from shared_machine import Machine

from finder.core.errors import NothingPassesError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.check.full_check import check
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_counts import embedded_counts
from finder.core.library.thumbnail_store import read_thumbnail
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.matches import Match
from finder.core.search.query.query_spec import QuerySpec
from finder.core.search.searcher import Searcher
from finder.core.search.server_searcher import ServerSearcher
from finder.use_cases.library.move_library import set_mirror
from finder.use_cases.library.removed_pictures import bring_back, remove_pictures, removed_files
from finder.use_cases.search.library_search import searcher_for
from finder.use_cases.search.search_models import indexed_models
from finder.use_cases.search.search_session import SearchSession


def test_it_searches_removes_and_indexes(
    tmp_path: Path,
    samples: Path,
    milvus_uri: str,
    library_name: str,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    address = parse(milvus_uri, library=library_name)
    birds = sorted((samples / "birds").glob("*.jpg"))
    one, two = (Machine(tmp_path, name, [hash_spec], extractors) for name in ("one", "two"))
    one.add(*birds[:3])
    two.add(*birds[2:5])
    for each in (one, two):
        each.index()
        each.use(address)
    set_mirror(one.home, False, "a test")
    assert list(one.home.nearest.glob("*.f32")) == []
    assert one.names() == {bird.name for bird in birds[:3]}

    assert indexed_models(one.home, [hash_spec]) == [hash_spec]
    with closing(Catalogue(one.home)) as catalogue:
        assert embedded_counts(catalogue, [hash_spec]) == {hash_spec.name: 5}

    with closing(SearchSession(one.home, lambda: extractors)) as session:
        session.set_query(QuerySpec.of_files([str(birds[4])]))
        result = session.search([hash_spec], 5, "hamming")
        assert len(result.combined) == 5
        first = result.combined[0].picture
        assert first.paths == (f"two:{two.folder / birds[4].name}",)
        assert first.away == "on two"
        for folders, number in (
            ((f"two:{two.folder}",), 3),
            ((str(two.folder),), 0),
            ((str(one.folder),), 3),
        ):
            asked = replace(NO_FILTER, folders=folders)
            assert _number_of(session, hash_spec, asked) == number
        thumbnail = read_thumbnail(one.home, first.id)
        assert thumbnail is not None
        assert thumbnail.startswith(b"\xff\xd8")

        shown = f"two:{two.folder / birds[4].name}"
        assert remove_pictures(one.home, [first.id], "a test") == 1
        assert removed_files(one.home) == {shown: first.id}
        result = session.search([hash_spec], 5, "hamming")
        assert len(result.combined) == 4
        assert first.id not in [match.picture.id for match in result.combined]
        assert bring_back(one.home, [first.id], "a test").files == (shown,)
        assert len(session.search([hash_spec], 5, "hamming").combined) == 5
        assert removed_files(one.home) == {}

        one.add(birds[5])
        assert one.index() == 1
        assert len(one.on_server(hash_spec)) == 6
        for _ in range(50):  # what was stored in the last seconds may be missing
            result = session.search([hash_spec], 9, "hamming")
            if len(result.combined) == 6:
                break
            time.sleep(0.2)
        assert len(result.combined) == 6
        *_, last = check(one.home, [hash_spec], [], False)
        assert [finding.sentence for finding in last.findings] == []

        set_mirror(one.home, True, "a test")
        assert len(matrix_vectors(one.home, hash_spec.name)) == 6
        assert len(one.names()) == 7
        again = session.search([hash_spec], 9, "hamming")
        ids, scores = zip(*_numbers(again.combined), strict=True)
        before, scores_before = zip(*_numbers(result.combined), strict=True)
        assert ids == before
        np.testing.assert_allclose(scores, scores_before, rtol=1e-6)
    assert isinstance(_opened(one.home, extractors), Searcher)


def _number_of(session: SearchSession, spec: ModelSpec, filter: Filter) -> int:
    try:
        return len(session.search([spec], 9, "hamming", filter).combined)
    except NothingPassesError:
        return 0


def _opened(home: Home, extractors: ExtractorPool) -> Searcher | ServerSearcher:
    with closing(searcher_for(home, extractors)) as searcher:
        return searcher


def _numbers(matches: list[Match]) -> list[tuple[int, float]]:
    return [(match.picture.id, match.score) for match in matches]
