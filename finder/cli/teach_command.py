"""`image-finder teach`."""

from __future__ import annotations

import argparse
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from finder.cli.evaluation_progress import follow
from finder.cli.label_options import add_labels, label_source
from finder.cli.output.output import say, show, show_lines, show_raw
from finder.cli.parsers import Commands, add_command, whole_number
from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.use_cases.evaluation.teach_model import Taught

_METHODS = ("discriminant", "softmax")
_AUTO = "auto"


def add_teach(commands: Commands) -> None:
    parser = add_command(
        commands,
        "teach",
        tr("Teach a model your own labels."),
        tr(
            "Each subfolder of FOLDER is a label. A new model is made, with shorter vectors, that "
            "brings pictures with the same label together; what that gains is measured on "
            "pictures and labels that were not taught."
        ),
        handler=teach,
    )
    add_labels(parser)
    parser.add_argument(
        "--name", required=True, help=tr("the new model's name: a-z, 0-9, “.”, “_” and “-”")
    )
    parser.add_argument(
        "--base",
        action="append",
        metavar="NAME",
        default=[],
        help=tr(
            "teach from this model; may be repeated for models that take the same pictures "
            "(default: the program's default model)"
        ),
    )
    parser.add_argument(
        "--method",
        choices=[_AUTO, *_METHODS],
        default=_AUTO,
        help=tr("how it is taught; auto: what finds best (default: auto)"),
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**31 - 1),
        default=0,
        metavar="N",
        help=tr("another number splits the pictures in another way (default: 0)"),
    )
    parser.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))


def teach(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_models
    from finder.core.models.registry import pick_models
    from finder.core.models.spec import DEFAULT_MODEL
    from finder.core.teaching.heads import Method
    from finder.core.teaching.words import not_taught_sentences
    from finder.use_cases.evaluation.teach_model import TeachingWish, teach_model
    from finder.workers.extractor_pools import open_extractors

    source = label_source(options)
    bases = pick_models(installed_models(home), options.base or [DEFAULT_MODEL])
    methods = _METHODS if options.method == _AUTO else (options.method,)
    wish = TeachingWish(
        options.name, tuple(bases), tuple(Method(name) for name in methods), options.seed
    )
    run = teach_model(home, partial(open_extractors, home), "image-finder teach", source, wish)
    with closing(run):
        taught = follow(run)
    for sentence in not_taught_sentences(taught.left_out, taught.few):
        say(sentence)
    if options.json:
        import json

        from finder.core.teaching.card import CARD

        spec = taught.spec
        found = {"name": spec.name, "dimension": spec.dimension, "stored": taught.stored}
        show_raw(json.dumps({**found, "lacking": taught.lacking, **spec.extra[CARD]}, indent=1))
    else:
        _show(taught)


def _show(taught: Taught) -> None:
    from finder.cli.output.teaching_table import teaching_lines
    from finder.core.teaching.words import stored_words

    show_lines(teaching_lines(taught))
    name = taught.spec.name
    show("")
    show(stored_words(name, taught.stored))
    if taught.lacking:
        show(
            trn(
                "{n} picture has none yet: image-finder index --model {name}",
                "{n} pictures have none yet: image-finder index --model {name}",
                taught.lacking,
                name=name,
            )
        )
    show(tr("Search with it: image-finder search PICTURE --model {name}").format(name=name))
