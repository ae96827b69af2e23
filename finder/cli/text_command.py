"""`image-finder text`: the text in pictures."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING, Any

from finder.cli.output.output import say, show, show_raw
from finder.cli.parsers import Commands, add_command
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.library.catalogue.tables.recognised_table import RecognisedText
    from finder.core.paths import Home
    from finder.use_cases.library.text_in_pictures import ReadingEstimate, TextStatus

_HOLDER = "image-finder text"


def add_text(commands: Commands) -> None:
    parser = add_command(
        commands,
        "text",
        tr("Switch the reading of text in pictures on or off, or show what was read."),
        tr(
            "Screenshots, signs, receipts: indexing reads them once this is on, also those that "
            "are indexed already, and searches for words find them. Without an option, it says "
            "how much is read, and how long the rest takes."
        ),
        handler=text,
    )
    parser.add_argument("picture", nargs="?", metavar="PICTURE", help=tr("show the text in this"))
    actions = parser.add_mutually_exclusive_group()
    actions.add_argument("--on", action="store_true", help=tr("“image-finder index” reads text"))
    actions.add_argument(
        "--off", action="store_true", help=tr("it does not any more; what was read is kept")
    )
    actions.add_argument(
        "--forget", action="store_true", help=tr("switch it off, and remove what was read")
    )
    parser.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))


def text(home: Home, options: argparse.Namespace) -> None:
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.use_cases.library.text_in_pictures import forget_text, switch_text, text_status

    open_existing(home).close()
    if options.picture is not None:
        if options.on or options.off or options.forget:
            raise FinderError(tr("A picture's text is shown: leave out --on, --off and --forget."))
        _show_text(home, options.picture, options.json)
        return
    if options.forget:
        number = forget_text(home, _HOLDER)
        say(
            trn(
                "The text of {n} picture was removed.",
                "The text of {n} pictures was removed.",
                number,
            )
        )
    elif options.off:
        switch_text(home, False)
    status = text_status(home)
    estimate = None
    if status.left and not (options.off or options.forget):
        estimate = _estimate(home, options.json)
    if options.on:
        switch_text(home, True)
        status = text_status(home)
    if options.json:
        show_raw(json.dumps(_status_as_json(status, estimate), indent=1))
        return
    _show_status(status, estimate)


def _estimate(home: Home, is_quiet: bool) -> ReadingEstimate | None:
    """Measured before it is switched on."""
    from finder.use_cases.library.text_in_pictures import estimate_reading

    if not is_quiet:
        say(tr("Measuring how long it takes …"))
    *_, estimate = estimate_reading(home, _HOLDER)
    return estimate


def _show_status(status: TextStatus, estimate: ReadingEstimate | None) -> None:
    from finder.cli.output.lines import looked_at

    show(tr("Text in pictures is read.") if status.is_on else tr("Text in pictures is not read."))
    counts = status.counts
    show(looked_at(counts, status.pictures))
    if counts.failed:
        show(
            trn(
                "{n} picture could not be read; --on tries it again.",
                "{n} pictures could not be read; --on tries them again.",
                counts.failed,
            )
        )
    if estimate is not None:
        show(estimate_sentence(estimate))
    if status.is_on and status.left:
        show(tr("“image-finder index” reads them."))
    if not status.is_installed:
        from finder.core.text_recognition.text_reader import INSTALL_COMMAND

        show(tr("To read text, install: {command}").format(command=INSTALL_COMMAND))


def estimate_sentence(estimate: ReadingEstimate) -> str:
    """How much is left, and how long it takes."""
    from finder.cli.output.progress_bars import duration

    left = trn("{n} picture is left", "{n} pictures are left", estimate.pictures)
    if estimate.per_picture is None or estimate.seconds is None:
        return tr("{left}; how long that takes could not be measured.").format(left=left)
    return tr("{left}: {each:.2f} s each, about {time} in all on this computer.").format(
        left=left, each=estimate.per_picture, time=duration(estimate.seconds)
    )


def _status_as_json(status: TextStatus, estimate: ReadingEstimate | None) -> dict[str, Any]:
    return {
        "on": status.is_on,
        "installed": status.is_installed,
        "pictures": status.pictures,
        "looked_at": status.counts.looked_at,
        "with_text": status.counts.with_text,
        "failed": status.counts.failed,
        "left": status.left,
        "seconds_per_picture": None if estimate is None else estimate.per_picture,
        "seconds": None if estimate is None else estimate.seconds,
    }


def _show_text(home: Home, path: str, as_json: bool) -> None:
    from finder.use_cases.library.removed_pictures import find_pictures
    from finder.use_cases.library.text_in_pictures import text_of

    found = os.path.abspath(os.path.expanduser(path))
    (picture,) = find_pictures(home, [found])
    read = text_of(home, picture)
    if as_json:
        show_raw(json.dumps({"path": found} | _text_as_json(read), indent=1))
    elif read is None:
        say(tr("No text was looked for in this picture yet."))
    elif read.reason is not None:
        say(read.reason.sentence_about(tr("Reading text")))
    elif not read.lines:
        say(tr("No text was found in this picture."))
    else:
        for line in read.lines:
            show(line.text)


def _text_as_json(read: RecognisedText | None) -> dict[str, Any]:
    if read is None:
        return {"engine": None, "reason": None, "lines": []}
    return {
        "engine": read.engine,
        "reason": read.reason,
        "lines": [
            {
                "text": line.text,
                "box": [line.box.left, line.box.top, line.box.right, line.box.bottom],
            }
            for line in read.lines
        ],
    }
