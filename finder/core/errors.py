"""The two kinds of errors that are not bugs.

`FinderError` ends an operation for an external reason; `SkippedPicture` concerns one file only. Any
other exception is a bug.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from finder.core.i18n import mark, tr


class FinderError(Exception):
    """An operation cannot continue, and the user can do something about it.

    sentence: one sentence, translated; hint: what to do next, may be empty.
    """

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class ModelFailedError(FinderError):
    """One model cannot be used; the others can."""


class LibraryBusyError(FinderError):
    """Another process is writing to the library."""


class CannotVerifyError(FinderError):
    """Matches cannot be verified; a search is answered without."""


class NoWordModelError(FinderError):
    """No model of a search understands words."""


class NothingPassesError(FinderError):
    """No indexed picture passes the filter of a search."""


def cannot_write(error: Exception) -> FinderError:
    """The error to raise if the library cannot be written to."""
    return FinderError(
        tr("The library could not be written: {why}.").format(why=error),
        tr("Check the free space and the permissions of its folder, then try again."),
    )


def cannot_verify(error: Exception) -> CannotVerifyError:
    """The error to raise if OpenCV is missing or fails."""
    return CannotVerifyError(
        tr("Which matches are the same picture cannot be checked: {why}.").format(
            why=first_line(error).rstrip(".")
        ),
        tr("Install Image Finder again if this is so for every picture."),
    )


def first_line(error: BaseException) -> str:
    """The first line of the error's text, or its class's name. Other libraries' errors may be pages
    long."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class Reason(StrEnum):
    """Why a file was skipped, or why a model has no vector of a picture. The values are stored in
    the catalogue: never change one."""

    EMPTY = "empty"
    NOT_A_PICTURE = "not-a-picture"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too-many-pixels"
    TOO_LARGE = "too-large"
    NO_PERMISSION = "no-permission"
    VANISHED = "vanished"
    UNREADABLE = "unreadable"
    NEEDS_HEIF = "needs-heif"
    NO_FEATURE = "no-feature"
    OUT_OF_MEMORY = "out-of-memory"
    CRASHED = "crashed"
    TOO_SLOW = "too-slow"
    MODEL_ERROR = "model-error"
    REMOVED = "removed"

    def sentence(self) -> str:
        """The explanation for a skipped file, translated."""
        return tr(_SENTENCES[self])

    def sentence_about(self, title: str) -> str:
        """The explanation for a failure of the model with this title, translated."""
        return tr(_MODEL_SENTENCES.get(self, _MODEL_ERROR)).format(title=title)


_SENTENCES = {
    Reason.EMPTY: mark("The file is empty."),
    Reason.NOT_A_PICTURE: mark("The file is not a picture, whatever its name says."),
    Reason.TRUNCATED: mark("The file ends too early; part of the picture is missing."),
    Reason.DAMAGED: mark("The picture is damaged and cannot be decoded."),
    Reason.TOO_MANY_PIXELS: mark("The picture has too many pixels."),
    Reason.TOO_LARGE: mark("The file is too large."),
    Reason.NO_PERMISSION: mark("You have no permission to read this."),
    Reason.VANISHED: mark("The file disappeared before it could be read."),
    Reason.UNREADABLE: mark("The disk reported an error while reading this file."),
    Reason.NEEDS_HEIF: mark(
        "HEIC pictures need pillow-heif, which cannot be loaded: pip install pillow-heif."
    ),
    Reason.NO_FEATURE: mark("A model found nothing in this picture that it could describe."),
    Reason.OUT_OF_MEMORY: mark("There was not enough memory to decode this picture."),
    Reason.CRASHED: mark("The picture crashed the decoder and will not be tried again."),
    Reason.TOO_SLOW: mark("Decoding the picture took too long; it will not be tried again."),
    Reason.MODEL_ERROR: mark("A model could not process this picture."),
    Reason.REMOVED: mark("You removed this picture from the library."),
}

_MODEL_ERROR = mark("{title} could not process this picture.")
_MODEL_SENTENCES = {
    Reason.NO_FEATURE: mark("{title} found nothing in this picture that it could describe."),
    Reason.OUT_OF_MEMORY: mark("{title} needed too much memory for this picture."),
    Reason.CRASHED: mark("{title} crashed on this picture."),
    Reason.TOO_SLOW: mark("{title} took too long for this picture."),
}

RETRIED = frozenset(
    {
        Reason.NO_PERMISSION,
        Reason.VANISHED,
        Reason.UNREADABLE,
        Reason.NEEDS_HEIF,
        Reason.OUT_OF_MEMORY,
    }
)
"""Reasons that may disappear without a change of the file: these files are tried again in each
run."""


@dataclass(frozen=True)
class Failure:
    """Why one model has no vector of one picture. detail: technical, for the log."""

    reason: Reason
    detail: str = ""


class SkippedPicture(Exception):
    """One file cannot be used, or not by one model; other files are not affected. detail:
    technical, for the log."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
