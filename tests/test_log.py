"""The log file: there when there is something to say, and never in the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from finder.core.log import NAME, start_log, stop_log
from finder.core.paths import Home

_LOG = logging.getLogger(f"{NAME}.test")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    logger = logging.getLogger(NAME)
    before = logger.level, logger.propagate
    yield
    stop_log()
    logger.setLevel(before[0])
    logger.propagate = before[1]


def test_the_file_is_made_with_the_first_record(home: Home) -> None:
    start_log(home)
    assert not home.log.exists()
    _LOG.warning("one")
    _LOG.info("two")
    _LOG.debug("three")
    stop_log()
    _LOG.warning("four")
    said = [line.rsplit(" ", 1)[-1] for line in home.log.read_text().splitlines()]
    assert said == ["one", "two"]


def test_starting_twice_says_everything_once(home: Home) -> None:
    start_log(home)
    start_log(home)
    _LOG.warning("once")
    assert home.log.read_text().count("once") == 1


def test_a_home_that_takes_no_file_is_no_reason_to_fail(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.root.write_text("a file where the folder should be")
    start_log(home)
    _LOG.warning("lost")
    assert capsys.readouterr() == ("", "")
