"""`image-finder check` and `restore`."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from finder.cli.output.output import say, show, show_lines
from finder.cli.parsers import Commands, add_command
from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.paths import Home


def add_check(commands: Commands) -> None:
    parser = add_command(
        commands,
        "check",
        tr("Verify everything in the library."),
        tr("Exit code 1 means that something is wrong and was not repaired."),
        handler=check,
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help=tr("repair what can be rebuilt; nothing else is touched"),
    )


def add_restore(commands: Commands) -> None:
    parser = add_command(
        commands,
        "restore",
        tr("Restore a backup of the catalogue; without a name, list the backups."),
        tr("A backup is made once a day and before each change of format."),
        handler=restore,
    )
    parser.add_argument("backup", metavar="BACKUP", nargs="?", help=tr("its name, or “latest”"))


def check(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.output.lines import finding_lines
    from finder.cli.output.progress_bars import WorkBar
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.use_cases.library.check_library import check_library

    if not home.root.is_dir():
        open_existing(home)  # raises the error
    with WorkBar() as bar, closing(check_library(home, options.repair)) as run:
        for progress in run:
            bar.show(progress)
    show_lines(finding_lines(progress))
    if progress.findings and progress.needs_indexing and not progress.left:
        say(tr("Run “image-finder index” to index the affected pictures again."))
    if progress.left:
        raise FinderError(tr("The library has problems."))


def restore(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.output.lines import backup_line
    from finder.core.library.catalogue.backups import find_backup, list_backups
    from finder.use_cases.library.restore_backup import restore_backup

    if not options.backup:
        backups = list_backups(home)
        if not backups:
            say(tr("There are no backups of the catalogue yet."))
        show_lines(map(backup_line, backups))
        return
    backup = find_backup(home, options.backup)
    for _ in restore_backup(home, backup, "image-finder restore"):
        pass
    show(tr("The catalogue was restored from {name}.").format(name=backup.name))
    say(tr("Run “image-finder index” to add what has changed since."))
