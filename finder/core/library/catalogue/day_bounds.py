"""The limits of days, to compare with files' times in the catalogue."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

_LAST_NS = (1 << 63) - 1


def begin_of_day(day: str | None, later: int = 0) -> int:
    """The local time at which an ISO date begins, or the day `later` days after it, in ns since
    1970. Limited to SQLite's integers. Before 1970 SQLite has neither historical time zones nor
    fractions of a second."""
    try:
        begin = datetime.combine(date.fromisoformat(day or "1970-01-01"), time())
        begin += timedelta(days=later)
    except OverflowError:  # after 9999
        return _LAST_NS
    try:
        seconds = begin.timestamp()
    except (OSError, OverflowError, ValueError):  # Windows knows no time zone before 1970
        seconds = begin.replace(tzinfo=UTC).timestamp()
    return max(-_LAST_NS, min(_LAST_NS, round(seconds) * 1_000_000_000))
