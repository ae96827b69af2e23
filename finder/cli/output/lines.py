"""The lines that commands print, as functions of values: nothing is read or printed here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn
from finder.core.library.availability import is_offline
from finder.core.library.indexing.summary import failure_sentences, run_sentences
from finder.core.models.crops import title_of
from finder.core.printable import printable

if TYPE_CHECKING:
    from finder.core.library.catalogue.backups import Backup
    from finder.core.library.catalogue.records import FileRecord
    from finder.core.library.catalogue.tables.failure_table import FailedFile
    from finder.core.library.catalogue.tables.recognised_table import TextCounts
    from finder.core.library.check.full_check import CheckProgress
    from finder.core.library.indexing.progress import Progress
    from finder.use_cases.library.library_overview import Overview


def indexing_notes(progress: Progress) -> Iterator[str]:
    """The lines after a run's summary."""
    if progress.counts.newly_skipped:
        yield tr("“image-finder skipped” shows why files were skipped.")
    for sentence in failure_sentences(progress):
        yield tr("{sentence} “image-finder skipped” shows why.").format(sentence=sentence)
    yield from progress.notes
    yield from run_sentences(progress)[1:]


def status_lines(
    root: Path, library: Overview, away_folders: Collection[str], size: int
) -> Iterator[str]:
    """size: of the library on the disk, in bytes."""
    yield tr("Library   {path}").format(path=printable(str(root)))
    yield tr("Contents  {pictures}, {size:.1f} MB on disk").format(
        pictures=_pictures(library), size=size / 1e6
    )
    if skipped := library.skipped_here(away_folders):
        yield trn(
            "Skipped   {n} file; “image-finder skipped” shows why",
            "Skipped   {n} files; “image-finder skipped” shows why",
            skipped,
        )
    if library.removed:
        yield trn(
            "Removed   {n} picture, by you; “image-finder skipped” lists its files",
            "Removed   {n} pictures, by you; “image-finder skipped” lists their files",
            library.removed,
        )
    if waiting := sum(library.waiting.values()):
        yield trn(
            "Waiting   {n} file, because indexing was stopped; “image-finder index” goes on",
            "Waiting   {n} files, because indexing was stopped; “image-finder index” goes on",
            waiting,
        )
    if line := text_line(library):
        yield tr("Text      {line}").format(line=line)
    for folder in library.folders:
        line = _folder_line(printable(folder.path), folder.files, folder.path in away_folders)
        has_crops = library.has_crops(folder.path)
        yield tr("{folder}, with crops").format(folder=line) if has_crops else line


def text_line(library: Overview) -> str:
    """How many pictures were looked at for text; empty where it was never switched on."""
    if not library.reads_text and not library.text.looked_at:
        return ""
    line = looked_at(library.text, library.pictures)
    return line if library.reads_text else tr("{line} (off)").format(line=line)


def looked_at(text: TextCounts, pictures: int) -> str:
    """How many of the library's pictures were looked at for text, and have some."""
    return trn(
        "{looked_at:,} of {pictures:,} pictures were looked at for text; {n} has some",
        "{looked_at:,} of {pictures:,} pictures were looked at for text; {n} have some",
        text.with_text,
        looked_at=text.looked_at,
        pictures=pictures,
    )


def _pictures(library: Overview) -> str:
    """How many pictures there are, and in how many files, if these are more."""
    pictures = trn("{n} picture", "{n} pictures", library.pictures)
    if not library.copies:
        return pictures
    copies = trn("{n} copy", "{n} copies", library.copies)
    return trn(
        "{pictures} in {n} file ({copies})",
        "{pictures} in {n} files ({copies})",
        library.files,
        pictures=pictures,
        copies=copies,
    )


def _folder_line(path: str, files: int, is_away: bool) -> str:
    if is_away:
        return trn(
            "Folder    {path} ({n} file) (offline)",
            "Folder    {path} ({n} files) (offline)",
            files,
            path=path,
        )
    return trn("Folder    {path} ({n} file)", "Folder    {path} ({n} files)", files, path=path)


def finding_lines(progress: CheckProgress) -> Iterator[str]:
    """The findings of a check, one line each, followed by a line on what to do."""
    for finding in progress.findings:
        what = tr("Repaired: {text}") if finding.repaired else tr("Found: {text}")
        yield printable(what.format(text=finding.sentence))
        if finding.hint and not finding.repaired:
            yield f"  {printable(finding.hint)}"
    if not progress.findings:
        yield tr("No problems were found.")


def backup_line(backup: Backup) -> str:
    """A backup of the catalogue, with its local time."""
    made = backup.made.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{backup.name:<34} {made}  {backup.bytes / 1e6:>7.1f} MB"


def skipped_cells(file: FileRecord, away_folders: Collection[str]) -> tuple[str, ...]:
    """The file, why it was skipped, and whether it is offline."""
    assert file.reason is not None
    cells = file.path, file.reason.sentence()
    return (*cells, tr("offline")) if is_offline([file.path], away_folders) else cells


def failure_cells(file: FailedFile, titles: Mapping[str, str]) -> tuple[str, str]:
    """The file, and why a model could not use its picture. titles: of the models, by name."""
    return file.path, file.failure.reason.sentence_about(title_of(file.model, titles))
