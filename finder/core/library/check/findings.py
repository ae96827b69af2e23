"""The findings of a full check, and how a second check corrects them after a repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from finder.core.i18n import mark, tr

REPAIR = mark("Repair it: image-finder check --repair")


class Repair(Enum):
    """Whether a check can repair what it has found, or has done so."""

    IMPOSSIBLE = auto()
    POSSIBLE = auto()
    DONE = auto()


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was stored.

    hint: what to do, unless it was repaired; needs_indexing: pictures must be indexed again for a
    complete repair; about: identifies the finding in every check, whatever the sentence counts.
    """

    sentence: str
    hint: str = ""
    repair: Repair = Repair.IMPOSSIBLE
    needs_indexing: bool = False
    about: tuple[str, ...] = ()

    @property
    def repaired(self) -> bool:
        return self.repair is Repair.DONE

    def as_repaired(self) -> Finding:
        return replace(self, repair=Repair.DONE)


def repairable(
    sentence: str, *about: str, needs_indexing: bool = False, done: bool = False
) -> Finding:
    """Something that a check can repair. done: it was repaired."""
    return Finding(
        sentence,
        tr(REPAIR),
        Repair.DONE if done else Repair.POSSIBLE,
        needs_indexing=needs_indexing,
        about=about,
    )


def after_second_check(found: Sequence[Finding], remaining: Sequence[Finding]) -> list[Finding]:
    """The findings of a check that repairs, corrected by what a second one still finds: only what
    that one does not find counts as repaired."""
    still = {finding.about: finding for finding in remaining}
    corrected = []
    for finding in found:
        found_again = still.pop(finding.about, None)
        if found_again is not None and finding.repaired:
            finding = _not_repaired(found_again)
        corrected.append(finding)
    return corrected + [_not_repaired(finding) for finding in still.values()]


def _not_repaired(finding: Finding) -> Finding:
    hint = tr("It could not be repaired. Check the disk for faults, then repair again.")
    return replace(finding, hint=hint, repair=Repair.IMPOSSIBLE)
