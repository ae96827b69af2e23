"""Pictures for tests of filters: with their places, times and vectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from making import Vectors

from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.library.indexing.file_result import FileResult
from finder.core.pictures.facts import PictureFacts
from finder.core.pictures.scan import FoundFile

NOON = datetime(2024, 1, 15, 12).timestamp()
SOME_DAY = "2024-01-15 12:00:00"


@dataclass
class StoredPicture:
    """One picture: its places, when it was taken, its file's time, a vector for each model."""

    id: int
    places: list[str]
    taken: str | None = SOME_DAY
    seconds: float = NOON
    vectors: dict[str, Vectors] = field(default_factory=dict)

    @property
    def day(self) -> str:
        return self.taken[:10] if self.taken else date.fromtimestamp(self.seconds).isoformat()

    def lies_in(self, filter: Filter) -> bool:
        folders = filter.folders or ("/",)
        return any(Path(p).is_relative_to(f) for p in self.places for f in folders) and (
            (filter.taken_from or "0000") <= self.day <= (filter.taken_until or "9999")
        )

    def outcomes(self) -> list[FileResult]:
        """For its first place with all that is known, for each other one as a copy."""
        files = [FoundFile(p, 1_000, round(self.seconds * 10**9)) for p in self.places]
        facts = PictureFacts(640, 480, "JPEG", self.taken, 1)
        return [
            FileResult(files[0], self.id, facts, self.vectors),
            *(FileResult(file, self.id) for file in files[1:]),
        ]
