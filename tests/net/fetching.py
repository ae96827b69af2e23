"""Pictures fetched from servers on this computer, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from finder.core.errors import FinderError
from finder.core.web.fetch import fetch_picture

SOON = 20.0  # seconds that no test takes unless it fails
fetch = partial(fetch_picture, allow_private=True)


def refusal(act: Callable[[], object]) -> str:
    """The sentence of a refusal; it also has a hint."""
    with pytest.raises(FinderError) as caught:
        act()
    assert caught.value.hint
    return caught.value.sentence
