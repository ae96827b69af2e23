"""A full check of a library: everything that is stored is read and compared with its checksum.

Only what can be made again is repaired: vectors from their other copy or from the pictures,
thumbnails from the pictures, the catalogue from its backups. The rest is reported, with advice.
After a repair the check is repeated: only what is intact then counts as repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from finder.core.i18n import tr
from finder.core.library.check.catalogue_check import (
    CATALOGUE,
    check_backups,
    check_catalogue,
    check_rows,
)
from finder.core.library.check.findings import Finding, after_second_check
from finder.core.library.check.folder_check import PLACE, check_obstacles
from finder.core.library.check.server_check import check_server
from finder.core.library.check.thumbnail_check import check_thumbnails
from finder.core.library.check.vector_check import (
    VectorFaults,
    check_vectors,
    is_right_file,
    vector_findings,
)
from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import title_of
from finder.core.writer_lock import WriterLock

if TYPE_CHECKING:
    from finder.core.library.server.sharing import Sharing
    from finder.core.library.vectors.store import StoreBackend
    from finder.core.models.registry import BrokenModel
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

Step = TypeVar("Step")
Found = TypeVar("Found")
Where = TypeVar("Where")
PartOfCheck = Generator["CheckProgress", None, list[Finding]]
"""One part of a check: returns its findings, repaired or not."""


@dataclass(frozen=True)
class CheckProgress:
    """The state of a check. doing: what is being verified; done of total of that; findings: so
    far."""

    doing: str
    done: int = 0
    total: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def left(self) -> list[Finding]:
        """What was not repaired."""
        return [finding for finding in self.findings if not finding.repaired]

    @property
    def needs_indexing(self) -> bool:
        """Whether pictures are to be indexed again."""
        return any(finding.needs_indexing for finding in self.findings)


def check(
    home: Home,
    specs: Sequence[ModelSpec],
    broken: Sequence[BrokenModel],
    repair: bool,
    backend: StoreBackend | None = None,
) -> Generator[CheckProgress]:
    """Verify a library; repair: also repair what can be made again. The last progress has all
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
        yield self._progress(tr("Catalogue"))
        with WriterLock(self._home):
            yield from self._run(_in_one_step(check_obstacles, self._home))
            yield from self._run(_in_one_step(check_backups, self._home))
            yield from self._run(_in_one_step(check_catalogue, self._home))
        if self._can_continue():
            with LibraryWriter(self._home, backend=self._backend) as writer:
                yield from self._check_rest(writer)
        yield self._progress(tr("Done"))

    def _can_continue(self) -> bool:
        """Whether the rest can be read: not with a damaged catalogue, nor without the folders."""
        required = (*CATALOGUE, PLACE)
        return not any(
            finding.about[0] in required for finding in self._findings if not finding.repaired
        )

    def _check_rest(self, writer: LibraryWriter) -> Generator[CheckProgress]:
        yield from self._run(_in_one_step(check_rows, writer))
        yield from self._check_models(writer)
        is_intact = yield from self._run(partial(self._check_vectors, writer))
        if writer.sharing is not None and not any(f.about[:1] == _SERVER for f in self._findings):
            part = partial(self._check_server, writer, writer.sharing)
            is_intact &= yield from self._run(part)
        if is_intact and self._repair:
            writer.store.backend.remove_damaged()
        steps = check_thumbnails(self._home, writer, self._repair)
        self._findings += yield from _with_progress(
            steps, lambda at: self._progress(tr("Thumbnails"), *at)
        )
        if any(finding.repaired for finding in self._findings):
            with writer.catalogue.transaction():
                writer.catalogue.renew_epoch()
        if is_intact:
            writer.store.confirm_verified()

    def _run(self, part: Callable[[bool], PartOfCheck]) -> Generator[CheckProgress, None, bool]:
        """Run one part of the check, and again without repairing if it has repaired something.
        part: its argument is whether to repair. Returns whether all is intact now."""
        found = yield from part(self._repair)
        if any(finding.repaired for finding in found):
            remaining = yield from part(False)
            found = after_second_check(found, remaining)
        self._findings += found
        return all(finding.repaired for finding in found)

    def _progress(self, doing: str, done: int = 0, total: int = 0) -> CheckProgress:
        return CheckProgress(doing, done, total, tuple(self._findings))

    def _progress_within(self, doing: str, total: int, done: int) -> CheckProgress:
        return self._progress(doing, done, total)

    def _check_models(self, writer: LibraryWriter) -> Generator[CheckProgress]:
        self._findings += [Finding(model.sentence) for model in self._broken]
        states = writer.catalogue.models.states()
        for spec in self._specs:
            yield self._progress(tr("Model {title}").format(title=spec.title))
            if not is_right_file(spec):
                text = tr("The file of the model {title} is damaged or was replaced.")
                self._findings.append(
                    Finding(text.format(title=spec.title), tr("Install it again."))
                )
            elif spec.name in states and not states[spec.name].fits(spec):
                text = tr("The vectors of {title} were computed by another version of it.")
                hint = tr("Index your folders again.")
                self._findings.append(
                    Finding(text.format(title=spec.title), hint, needs_indexing=True)
                )

    def _check_vectors(self, writer: LibraryWriter, repair: bool) -> PartOfCheck:
        faults = yield from self._compare_models(writer)
        findings = [
            finding
            for name, fault in faults.items()
            for finding in vector_findings(name, title_of(name, self._titles), fault)
        ]
        failures = {str(f.failure): f.failure for f in faults.values() if f.failure is not None}
        for failure in failures.values():
            if repair:  # without the server nothing can be repaired
                raise failure
            about = (*_SERVER, failure.sentence)
            findings.append(Finding(failure.sentence, failure.hint, about=about))
        if not repair or not findings:
            return findings
        yield self._progress(tr("Repairing the vectors"))
        for name, fault in faults.items():
            writer.removals.remove_vectors(name, sorted(fault.norm))
        writer.store.repair(thorough=True)
        writer.removals.finish()
        writer.store.close()  # so that the second check reads from the disk
        return [finding.as_repaired() for finding in findings]

    def _check_server(self, writer: LibraryWriter, sharing: Sharing, repair: bool) -> PartOfCheck:
        doing = tr("Pictures on the server")
        steps = check_server(writer, sharing, self._titles, repair)
        found = yield from _with_progress(steps, lambda _: self._progress(doing))
        return found

    def _compare_models(
        self, writer: LibraryWriter
    ) -> Generator[CheckProgress, None, dict[str, VectorFaults]]:
        writer.store.close()  # two engines cannot use the same files
        faults = {}
        for name, state in writer.catalogue.models.states().items():
            doing = tr("Vectors of {title}").format(title=title_of(name, self._titles))
            total = 2 * writer.catalogue.embeddings.counts().get(name, 0)
            steps = check_vectors(self._home, writer.catalogue, writer.store.backend, state)
            faults[name] = yield from _with_progress(
                steps, partial(self._progress_within, doing, total)
            )
        return faults


_SERVER = ("server",)
"""The subject of a server's failure; then nothing on it is compared."""


def _in_one_step(
    check: Callable[[Where, bool], list[Finding]], where: Where
) -> Callable[..., PartOfCheck]:
    """A short part of the check, without progress."""

    def part(repair: bool) -> PartOfCheck:
        yield from ()
        return check(where, repair)

    return part


def _with_progress(
    steps: Generator[Step, None, Found], progress_of: Callable[[Step], CheckProgress]
) -> Generator[CheckProgress, None, Found]:
    """Yields a progress for each step of the generator; returns what it returns."""
    while True:
        try:
            step = next(steps)
        except StopIteration as stopped:
            found: Found = stopped.value
            return found
        yield progress_of(step)
