"""What the tests of training share: a small labelled folder, and the curve that it gives."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from finder.core.paths import Home

if TYPE_CHECKING:
    from training_tools import Curve


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 photographs of three kinds, two parts of each; only to be read."""
    from labelled_sets import photograph_parts  # in tests/train

    place = tmp_path_factory.mktemp("labelled") / "set"
    return photograph_parts(place, 2, ("fish", "flowers", "night-sky"), 64)


@pytest.fixture(scope="session")
def expected(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Curve:
    """Of four epochs in this process, which nothing has interrupted."""
    from training_tools import curve, finished, prepared, settings_for

    home = Home(tmp_path_factory.mktemp("expected"))
    with closing(prepared(home, settings_for(labelled, epochs=4))) as training:
        finished(training.run())
        return curve(training.epochs)
