"""Days as the catalogue compares them with files' times."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

_LAST_NS = (1 << 63) - 1


def begin_of_day(day: str | None, later: int = 0) -> int:
    """When an ISO date, or so many days later, begins here: ns since 1970, as far as SQLite can
    count. Before 1970 SQLite knows neither the time zones of the time nor fractions of a second."""
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
