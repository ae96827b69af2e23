"""`image-finder models add-text`: give an installed model a text tower."""

from __future__ import annotations

import argparse
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from finder.cli.models.import_command import confirmed
from finder.cli.models.text_options import (
    add_text_options,
    full_path,
    show_text,
    show_words,
    text_request,
)
from finder.cli.output.output import say, show
from finder.cli.parsers import Commands, add_command
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.paths import Home


def add_add_text(commands: Commands) -> None:
    parser = add_command(
        commands,
        "add-text",
        tr("Let an installed picture model understand words, with its text tower."),
        tr("The text tower must be of the same model. No picture is indexed again."),
        handler=add_text,
    )
    parser.add_argument("model", metavar="MODEL", help=tr("as “image-finder models” lists it"))
    parser.add_argument("text", metavar="TEXT", help=tr("the text tower, an .onnx file"))
    parser.add_argument("tokenizer", metavar="TOKENIZER", help=tr("its tokenizer.json"))
    add_text_options(parser)
    parser.add_argument("--yes", action="store_true", help=tr("add it without asking"))


def add_text(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_models
    from finder.use_cases.models.add_words import inspect_words, model_without_words, try_words

    installed_models(home)
    spec = model_without_words(home, options.model)
    request = text_request(options, full_path(options.text), full_path(options.tokenizer))
    choice = inspect_words(spec, request)
    show_text(choice)
    question = tr("Add them to {title}? [y/N] ").format(title=spec.title)
    confirm = partial(confirmed, question, options.yes)
    added = None
    with closing(try_words(spec, choice, confirm, force=options.force)) as run:
        for trial in run:
            if trial.is_whole and trial.added is None and trial.matches is not None:
                show_words(trial.matches.words)
            added = trial.added
    if added is None:
        show(tr("Nothing was added."))
        return
    show(tr("{title} understands words now.").format(title=spec.title))
    say(tr("What it has indexed stays valid: no picture needs to be indexed again."))
