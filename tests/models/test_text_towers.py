"""A text tower is loaded at first use, let go when it is idle, and closed without waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from word_models import make_word_model

from finder.core.errors import FinderError
from finder.core.models.runtime.embedder import TextEmbedder
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.runtime.text_tower import TextTower
from finder.core.models.runtime.text_towers import TextTowers
from finder.core.models.spec import ModelSpec

SOON = 30.0


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    return make_word_model(tmp_path)


@pytest.fixture
def pool() -> Iterator[ExtractorPool]:
    with closing(ExtractorPool()) as made:
        yield made


def test_it_is_loaded_at_the_first_text_only(spec: ModelSpec, pool: ExtractorPool) -> None:
    pool.get(spec)
    assert not pool.has_text_loaded(spec)
    pool.text(spec)
    assert pool.has_text_loaded(spec)
    pool.discard(spec.name)
    assert not pool.has_text_loaded(spec)


def test_a_model_that_is_given_words_is_not_loaded_twice(
    spec: ModelSpec, pool: ExtractorPool
) -> None:
    assert pool.get(spec) is pool.get(replace(spec, text=None))


def test_it_is_let_go_when_idle_and_loaded_again(spec: ModelSpec) -> None:
    made = []

    def make(spec: ModelSpec) -> TextTower:
        made.append(TextTower(spec))
        return made[-1]

    towers = TextTowers(make, idle_seconds=0.05)
    words = towers.get(spec)
    before = words.embed_text("red circle")
    end = time.monotonic() + SOON
    while towers.has_loaded(spec):
        assert time.monotonic() < end
        time.sleep(0.01)
    np.testing.assert_array_equal(words.embed_text("red circle"), before)
    assert len(made) >= 2
    towers.close()


class Held(TextEmbedder):
    """Makes text towers; each waits in `embed_text`, and in its making where asked, until it may go
    on."""

    def __init__(self, waits_in_make: bool = False) -> None:
        self.is_in, self.go_on = threading.Event(), threading.Event()
        self.waits_in_make = waits_in_make
        self.made = 0
        self.closed = 0

    def __call__(self, spec: ModelSpec) -> Held:
        self.made += 1
        self.spec = spec
        if self.waits_in_make:
            self._wait()
        return self

    def embed_text(self, text: str) -> NDArray[np.float32]:
        if not self.waits_in_make:
            self._wait()
        return np.ones(1, np.float32)

    def close(self) -> None:
        self.closed += 1

    def _wait(self) -> None:
        self.is_in.set()
        assert self.go_on.wait(SOON)


@pytest.mark.parametrize("while_loading", [True, False])
def test_closing_waits_for_nobody(spec: ModelSpec, while_loading: bool) -> None:
    held, errors = Held(while_loading), []
    towers = TextTowers(held)

    def use() -> None:
        try:
            towers.get(spec).embed_text("red circle")
        except FinderError as error:
            errors.append(error.sentence)

    thread = threading.Thread(target=use)
    thread.start()
    assert held.is_in.wait(SOON)
    towers.close()  # would wait for ever
    assert held.closed == 0, "it is in use"
    held.go_on.set()
    thread.join(SOON)
    assert held.closed == 1, "the thread that used it has freed it"
    no_longer = f"The model {spec.title} is no longer in use."
    assert errors == ([no_longer] if while_loading else [])


def test_a_closed_tower_is_not_loaded_again(spec: ModelSpec) -> None:
    held = Held()
    held.go_on.set()
    towers = TextTowers(held)
    words = towers.get(spec)
    towers.discard(spec.name)
    with pytest.raises(FinderError, match="is no longer in use"):
        words.embed_text("red circle")
    towers.get(spec)  # the model may have been installed again
    assert (held.made, held.closed) == (2, 1)
    towers.close()
    with pytest.raises(FinderError, match="is no longer in use"):
        towers.get(spec)
    assert (held.made, held.closed) == (2, 2)


def test_a_tower_that_was_just_used_is_kept(spec: ModelSpec) -> None:
    """Also where its time was over while the text was embedded."""
    held = Held()
    held.go_on.set()
    towers = TextTowers(held, idle_seconds=3600.0)
    words = towers.get(spec)
    words.embed_text("red circle")
    words.let_go_if_idle()
    words.embed_text("blue star")
    assert (held.made, held.closed) == (1, 0)
    towers.close()


def test_texts_start_no_threads(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    towers = TextTowers(TextTower)
    words = towers.get(spec)
    monkeypatch.setattr(threading.Thread, "start", lambda thread: pytest.fail("a thread"))
    for _ in range(3):
        towers.get(spec).embed_text("red circle")
    assert words.is_loaded
    monkeypatch.undo()
    towers.close()


def test_many_threads_share_one_tower(spec: ModelSpec) -> None:
    made = []

    def make(spec: ModelSpec) -> TextTower:
        made.append(TextTower(spec))
        return made[-1]

    towers = TextTowers(make)
    texts = [f"{n} {c} {s}" for n in ("one", "two") for c in ("red", "blue") for s in ("star",)]
    found: dict[str, object] = {}
    threads = [
        threading.Thread(target=lambda t=t: found.update({t: towers.get(spec).embed_text(t)}))
        for t in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    for text in texts:
        np.testing.assert_array_equal(found[text], made[0].embed_text(text))
    towers.close()


def test_the_pool_s_end_leaves_no_thread(spec: ModelSpec) -> None:
    before = set(threading.enumerate())
    pool = ExtractorPool()
    pool.text(spec)
    assert set(threading.enumerate()) - before
    pool.close()
    end = time.monotonic() + SOON
    while set(threading.enumerate()) - before:
        assert time.monotonic() < end
        time.sleep(0.01)
