"""The result of one file in an indexing run, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import Failure, Reason
from finder.core.library.catalogue.records import FileRecord

if TYPE_CHECKING:
    from finder.core.library.catalogue.tables.recognised_table import RecognisedText
    from finder.core.pictures.facts import PictureFacts
    from finder.core.pictures.metadata.description import Description
    from finder.core.pictures.scan import FoundFile


@dataclass(frozen=True)
class FileResult:
    """The result of indexing one file: a picture (with its new vectors, float32 [dimension] for
    each model that had none, and the failures of the models that could make none), or the reason
    why it was skipped. facts is None where the picture was known already; thumbnail is
    a JPEG file, if one was made; description is None where the metadata was not read; text: what
    was read in the picture, by a run's last step."""

    file: FoundFile
    picture: int | None
    facts: PictureFacts | None = None
    vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    reason: Reason | None = None
    detail: str = ""
    thumbnail: bytes | None = None
    failures: dict[str, Failure] = field(default_factory=dict)
    text: RecognisedText | None = None
    description: Description | None = None

    def as_removed(self) -> FileResult:
        """The result for a picture that the user removed."""
        return FileResult(self.file, None, reason=Reason.REMOVED, detail=str(self.picture))

    def as_record(self) -> FileRecord:
        file = self.file
        return FileRecord(
            file.path, file.size, file.mtime_ns, self.picture, self.reason, self.detail
        )
