"""A full check of a library: everything that is kept is read and held against its checksum.

Only what can be made again is repaired: vectors from their other copy or from the pictures,
thumbnails from the pictures, the catalogue from its copies. The rest is told, with the way out.
After a repair the check looks again: only what is sound then is called repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from finder.core.i18n import tr, trn
from finder.core.library.check.catalogue_check import (
    CATALOGUE,
    check_catalogue,
    check_copies,
    check_rows,
)
from finder.core.library.check.findings import Finding, after_second_look, repairable
from finder.core.library.check.folder_check import PLACE, check_places
from finder.core.library.check.thumbnail_check import check_thumbnails
from finder.core.library.check.vector_check import VectorFaults, check_vectors, is_right_file
from finder.core.library.vectors.store import StoreBackend
from finder.core.library.writer import LibraryWriter
from finder.core.models.registry import BrokenModel
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.writer_lock import WriterLock

Step = TypeVar("Step")
Found = TypeVar("Found")
Where = TypeVar("Where")
Looking = Generator["CheckProgress", None, list[Finding]]
"""One part of a check: gives what it has found, repaired or not."""


@dataclass(frozen=True)
class CheckProgress:
    """One look at a check. doing: what is being verified; done of total of that; findings: so
    far."""

    doing: str
    done: int = 0
    total: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def left(self) -> list[Finding]:
        """What was not mended."""
        return [finding for finding in self.findings if not finding.mended]

    @property
    def again(self) -> bool:
        """Whether pictures are to be indexed again."""
        return any(finding.again for finding in self.findings)


def check(
    home: Home,
    specs: Sequence[ModelSpec],
    broken: Sequence[BrokenModel],
    repair: bool,
    backend: StoreBackend | None = None,
) -> Generator[CheckProgress]:
    """Verify a library, and repair what can be made again if told so. The last look has all
    findings. Raises FinderError.

    specs, broken: the models that are installed, and those that cannot be used; backend: as for
    `LibraryWriter`.
    """
    return _Check(home, specs, broken, repair, backend).steps()


class _Check:
    def __init__(
        self,
        home: Home,
        specs: Sequence[ModelSpec],
        broken: Sequence[BrokenModel],
        repair: bool,
        backend: StoreBackend | None,
    ) -> None:
        self._home = home
        self._backend = backend
        self._specs = specs
        self._titles = {spec.name: spec.title for spec in specs}
        self._broken = broken
        self._repair = repair
        self._findings: list[Finding] = []

    def steps(self) -> Generator[CheckProgress]:
        yield self._look(tr("Catalogue"))
        with WriterLock(self._home):
            yield from self._part(_at_once(check_places, self._home))
            yield from self._part(_at_once(check_copies, self._home))
            yield from self._part(_at_once(check_catalogue, self._home))
        if self._can_go_on():
            with LibraryWriter(self._home, backend=self._backend) as writer:
                yield from self._check_rest(writer)
        yield self._look(tr("Done"))

    def _can_go_on(self) -> bool:
        """Whether the rest can be read: not in a damaged catalogue, nor without the folders."""
        in_the_way = (*CATALOGUE, PLACE)
        return not any(
            finding.about[0] in in_the_way for finding in self._findings if not finding.mended
        )

    def _check_rest(self, writer: LibraryWriter) -> Generator[CheckProgress]:
        yield from self._part(_at_once(check_rows, writer))
        yield from self._check_models(writer)
        in_step = yield from self._part(partial(self._check_vectors, writer))
        if in_step and self._repair:
            writer.store.backend.remove_damaged()
        looking = check_thumbnails(self._home, writer.catalogue, self._repair)
        self._findings += yield from _seen(looking, lambda at: self._look(tr("Thumbnails"), *at))
        if any(finding.mended for finding in self._findings):
            with writer.catalogue.transaction():
                writer.catalogue.renew_epoch()
        if in_step:
            writer.store.confirm_verified()

    def _part(self, part: Callable[[bool], Looking]) -> Generator[CheckProgress, None, bool]:
        """Do one part of the check, and look again where it has repaired something. part: told
        whether to repair. Gives whether all is sound now."""
        found = yield from part(self._repair)
        if any(finding.mended for finding in found):
            left = yield from part(False)
            found = after_second_look(found, left)
        self._findings += found
        return all(finding.mended for finding in found)

    def _look(self, doing: str, done: int = 0, total: int = 0) -> CheckProgress:
        return CheckProgress(doing, done, total, tuple(self._findings))

    def _look_within(self, doing: str, total: int, done: int) -> CheckProgress:
        return self._look(doing, done, total)

    def _check_models(self, writer: LibraryWriter) -> Generator[CheckProgress]:
        self._findings += [Finding(model.sentence) for model in self._broken]
        states = writer.catalogue.models.states()
        for spec in self._specs:
            yield self._look(tr("Model {title}").format(title=spec.title))
            if not is_right_file(spec):
                told = tr("The file of the model {title} is damaged or was replaced.")
                self._findings.append(
                    Finding(told.format(title=spec.title), tr("Install it again."))
                )
            elif spec.name in states and not states[spec.name].fits(spec):
                told = tr("The vectors of {title} were computed by another version of it.")
                hint = tr("Index your folders again.")
                self._findings.append(Finding(told.format(title=spec.title), hint, again=True))

    def _check_vectors(self, writer: LibraryWriter, repair: bool) -> Looking:
        faults = yield from self._look_at_models(writer)
        findings = [
            finding
            for name, fault in faults.items()
            for finding in _told(name, self._titles.get(name, name), fault)
        ]
        if not repair or not findings:
            return findings
        yield self._look(tr("Repairing the vectors"))
        for name, fault in faults.items():
            writer.removals.remove_vectors(name, sorted(fault.norm))
        writer.store.repair(thorough=True)
        writer.removals.finish()
        writer.store.close()  # so that a second look reads what is on the disk
        return [finding.now_mended() for finding in findings]

    def _look_at_models(
        self, writer: LibraryWriter
    ) -> Generator[CheckProgress, None, dict[str, VectorFaults]]:
        writer.store.close()  # two engines on the same files would be in each other's way
        faults = {}
        for name, state in writer.catalogue.models.states().items():
            doing = tr("Vectors of {title}").format(title=self._titles.get(name, name))
            total = 2 * writer.catalogue.embeddings.counts().get(name, 0)
            looking = check_vectors(self._home, writer.catalogue, writer.store.backend, state)
            faults[name] = yield from _seen(looking, partial(self._look_within, doing, total))
        return faults


def _at_once(check: Callable[[Where, bool], list[Finding]], where: Where) -> Callable[..., Looking]:
    """A part of the check that is quickly done, without a look on the way."""

    def part(repair: bool) -> Looking:
        yield from ()
        return check(where, repair)

    return part


def _seen(
    looking: Generator[Step, None, Found], look: Callable[[Step], CheckProgress]
) -> Generator[CheckProgress, None, Found]:
    """The generator's steps as looks; gives what it returns."""
    while True:
        try:
            step = next(looking)
        except StopIteration as stopped:
            found: Found = stopped.value
            return found
        yield look(step)


def _told(model: str, title: str, faults: VectorFaults) -> list[Finding]:
    findings = []
    if faults.unreadable:
        told = tr("its vector database cannot be read.")
        findings.append(repairable(f"{title}: {told}", "unreadable", model))
    if faults.lost:
        told = trn(
            "the vector of {n} picture is damaged; it must be indexed again.",
            "the vectors of {n} pictures are damaged; they must be indexed again.",
            len(faults.lost),
        )
        findings.append(repairable(f"{title}: {told}", "lost", model, again=True))
    if faults.in_one_copy and not faults.unreadable:
        told = trn(
            "{n} vector is damaged or missing in one of its two copies.",
            "{n} vectors are damaged or missing in one of their two copies.",
            faults.in_one_copy,
        )
        findings.append(repairable(f"{title}: {told}", "in one copy", model))
    return findings
