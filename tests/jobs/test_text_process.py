"""Words for a model that the user added are embedded in a process of its own, which fails
alone."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from word_models import make_word_model, sha256

from finder.core.errors import FinderError
from finder.core.models.runtime.known_files import (
    is_known,
    is_text_known,
    note_known,
    note_text_known,
)
from finder.core.models.runtime.text_tower import TextTower
from finder.core.models.runtime.trial_records import passed_trials
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.extractor_pools import open_extractors
from finder.workers.models import model_child
from finder.workers.models import text_process as text_process_module
from finder.workers.models.model_trial import ModelTrials
from finder.workers.models.text_process import TextProcess, text_process

_BROKEN = """
import os, sys, time
from finder.core.models.runtime.text_tower import TextTower
from finder.__main__ import main
features = TextTower.features
def deadly(self, text):
    if "crash" in text:
        os.abort()
    if "wait" in text:
        time.sleep(600)
    return features(self, text)
TextTower.features = deadly
main(sys.argv[1:])
"""
"""The program, with text towers that some words bring down."""


@pytest.fixture
def spec(home: Home) -> ModelSpec:
    return make_word_model(home.models)


@pytest.fixture
def process(spec: ModelSpec) -> Iterator[TextProcess]:
    with closing(TextProcess(spec)) as made:
        yield made


def test_it_computes_what_this_process_would(spec: ModelSpec, process: TextProcess) -> None:
    own = TextTower(spec)
    for text in ("red circle", "Two BLUE squares", "no star", "чёрная кошка", "x" * 30_000):
        np.testing.assert_array_equal(process.embed_text(text), own.embed_text(text))


@pytest.mark.skipif(sys.platform == "win32", reason="no niceness")
def test_words_do_not_give_way_to_indexing(process: TextProcess) -> None:
    assert os.getpriority(os.PRIO_PROCESS, process.process_id) == os.getpriority(os.PRIO_PROCESS, 0)


def test_a_refused_text_does_not_end_it(process: TextProcess) -> None:
    first = process.process_id
    with pytest.raises(FinderError, match="There is no word in “ ”") as refused:
        process.embed_text(" ")
    assert refused.value.hint == "Describe in words what is to be seen."
    assert process.embed_text("red circle").shape == (64,)
    assert process.process_id == first


def test_a_crash_is_said_and_the_next_text_is_embedded(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        model_child, "own_command", lambda *words: [sys.executable, "-c", _BROKEN, *words]
    )
    with closing(TextProcess(spec, seconds=2.0)) as process:
        first = process.process_id
        with pytest.raises(FinderError, match=r"failed on these words: it crashed, or ran"):
            process.embed_text("crash")
        assert process.embed_text("red circle").shape == (64,)
        assert process.process_id != first
        with pytest.raises(FinderError, match="failed on these words: it took too long"):
            process.embed_text("wait")
        assert process._child._children[-1].has_ended
        assert process.embed_text("red circle").shape == (64,)


def test_a_killed_process_is_started_again(process: TextProcess) -> None:
    first = process.process_id
    os.kill(first, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    process._child.get().wait()
    assert process.embed_text("red circle").shape == (64,)
    assert process.process_id != first


def test_files_that_were_replaced_are_not_loaded(spec: ModelSpec) -> None:
    assert spec.text is not None
    spec.text.tokenizer.write_bytes(spec.text.tokenizer.read_bytes() + b" ")
    with pytest.raises(FinderError, match=r"is not the one its model\.toml describes"):
        TextProcess(spec)


def test_only_what_ships_is_loaded_here(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(text_process(spec) or pytest.fail()) as process:
        assert process.embed_text("red circle").shape == (64,)
    monkeypatch.setattr(text_process_module, "shipped_models_dir", lambda: spec.file.parent.parent)
    assert text_process(spec) is None


def test_a_known_file_is_run_apart_too_and_not_tried(home: Home, spec: ModelSpec) -> None:
    note_known(home, spec)
    assert is_known(home, spec)
    assert not is_text_known(home, spec), "it may have been added by the user"
    note_text_known(home, spec)
    assert is_text_known(home, spec)
    with closing(open_extractors(home)) as extractors:
        extractors.text(spec)
        assert isinstance(extractors._texts.get(spec)._tower, TextProcess)
    assert not passed_trials(home)


def test_the_program_s_pool_tries_it_and_runs_it_apart(home: Home, spec: ModelSpec) -> None:
    with closing(open_extractors(home)) as extractors:
        vector = extractors.text(spec).embed_text("red circle")
        assert isinstance(extractors._texts.get(spec)._tower, TextProcess)
    np.testing.assert_array_equal(vector, TextTower(spec).embed_text("red circle"))
    (key,) = passed_trials(home)
    assert key.startswith(spec.sha256)


def test_a_tower_that_cannot_be_run_fails_its_trial(home: Home, spec: ModelSpec) -> None:
    assert spec.text is not None
    spec.text.tokenizer.write_text("{}")
    changed = replace(spec.text, tokenizer_sha256=sha256(spec.text.tokenizer))
    with pytest.raises(FinderError, match="tokenizer cannot be used"):
        ModelTrials(home).try_text(replace(spec, text=changed))
    assert not passed_trials(home)


def test_a_huge_file_that_is_no_tokenizer_ends_only_the_trial(
    home: Home, spec: ModelSpec, tmp_path: Path
) -> None:
    assert spec.text is not None
    spec.text.tokenizer.write_text("[" * 10_000_000)
    changed = replace(spec.text, tokenizer_sha256=sha256(spec.text.tokenizer))
    with pytest.raises(FinderError):
        ModelTrials(home).try_text(replace(spec, text=changed))
