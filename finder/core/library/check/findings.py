"""What a full check finds, and what a second look says of its repair."""

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

    hint: the way out, unless it was repaired; again: pictures are to be indexed again to bring all
    of it back; about: what it is about, the same at every look, whatever the sentence counts.
    """

    sentence: str
    hint: str = ""
    repair: Repair = Repair.IMPOSSIBLE
    again: bool = False
    about: tuple[str, ...] = ()

    @property
    def mended(self) -> bool:
        return self.repair is Repair.DONE

    def now_mended(self) -> Finding:
        return replace(self, repair=Repair.DONE)


def repairable(sentence: str, *about: str, again: bool = False, done: bool = False) -> Finding:
    """Something that a check repairs if told so. done: it was."""
    return Finding(
        sentence, tr(REPAIR), Repair.DONE if done else Repair.POSSIBLE, again=again, about=about
    )


def after_second_look(found: Sequence[Finding], left: Sequence[Finding]) -> list[Finding]:
    """The findings of a check that repairs, corrected by what a second look still finds: only what
    that one finds sound counts as repaired."""
    still = {finding.about: finding for finding in left}
    settled = []
    for finding in found:
        seen_again = still.pop(finding.about, None)
        if seen_again is not None and finding.mended:
            finding = _not_repaired(seen_again)
        settled.append(finding)
    return settled + [_not_repaired(finding) for finding in still.values()]


def _not_repaired(finding: Finding) -> Finding:
    hint = tr("It could not be repaired. Check the disk for faults, then repair again.")
    return replace(finding, hint=hint, repair=Repair.IMPOSSIBLE)
