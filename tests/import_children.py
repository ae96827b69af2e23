"""Importing a model without child processes, for tests that are not about them.

That the work is done in children, within limits, is tested in tests/jobs/test_importing.py; and
tests of the command line and of the window that do not ask for this fixture start them, too."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from finder.core.cancellation import CancelToken
from finder.core.models.spec import ModelSpec
from finder.core.pictures.decode import decode
from finder.core.search import sample_matches
from finder.core.search.sample_matches import SampleMatches
from finder.use_cases.models import add_words, import_model
from finder.workers.child_command import (
    INSPECT_MODEL,
    INSPECT_TEXT,
    TRUNCATE_MODEL,
    TRUNCATE_TEXT,
)
from finder.workers.models import model_import_process as importing
from finder.workers.models import text_import_process as text_importing

_SECONDS = "60"
_WORK: dict[str, Callable[..., str]] = {
    INSPECT_MODEL: importing.child_inspect,
    TRUNCATE_MODEL: importing.child_truncate,
    INSPECT_TEXT: text_importing.child_inspect_text,
    TRUNCATE_TEXT: text_importing.child_truncate_text,
}

_decode_once = cache(decode)
"""Of the samples, which every import tries."""

no_children = pytest.mark.usefixtures("import_without_children")


@pytest.fixture
def import_without_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inspect, truncate and try models in this process; three starts of Python are spared."""

    def work(file: Path, token: CancelToken | None, command: str, *arguments: str) -> str:
        return _WORK[command](os.path.abspath(file), _SECONDS, *arguments)

    def match(spec: ModelSpec, token: CancelToken | None = None) -> Iterator[SampleMatches]:
        folder = os.path.abspath(spec.file.parent)
        yield from map(importing._read_matches, importing.child_match_samples(folder, _SECONDS))

    for module in (importing, text_importing):
        monkeypatch.setattr(module, "run_about", work)
        monkeypatch.setattr(module, "limit_for", lambda file, seconds: None)
    monkeypatch.setattr(importing, "lower_priority", lambda: None)
    for use_case in (import_model, add_words):
        monkeypatch.setattr(use_case, "match_samples_in_child", match)
    monkeypatch.setattr(sample_matches, "decode", _decode_once)
