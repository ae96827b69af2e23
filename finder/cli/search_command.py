"""`image-finder search`."""

from __future__ import annotations

import argparse
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from finder.cli.output import say, show_lines, show_raw
from finder.cli.parsers import Commands, add_command, add_model, filter_help, whole_number
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.limits import MAX_MATCHES
from finder.core.paths import Home

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_NO_TERMINAL = (120, 24)  # columns and lines


def add_search(commands: Commands) -> None:
    summary = tr("Show the pictures that look like the given ones.")
    parser = add_command(commands, "search", summary, handler=search)
    parser.add_argument(
        "pictures",
        nargs="+",
        metavar="PICTURE",
        help=tr("any picture file; of several, what is like all of them is found"),
    )
    add_model(
        parser, tr("search with this model; may be repeated (default: all that have indexed)")
    )
    parser.add_argument(
        "--top",
        type=whole_number(1, MAX_MATCHES),
        default=10,
        metavar="K",
        help=tr("how many matches, 1 to 200 (default: 10)"),
    )
    parser.add_argument(
        "--metric",
        choices=["euclidean", "cosine", "ip", "l1", "hamming"],
        default="euclidean",
        help=tr(
            "the measure shown: Euclidean distance (default), cosine similarity, inner "
            "product; for baselines L1 or Hamming distance. A model without that measure "
            "shows its own"
        ),
    )
    for option, name, text in (
        ("--filter", "CONDITIONS", filter_help()),
        ("--folder", "FOLDER", tr("only pictures in this folder")),
        ("--since", "DAY", tr("only pictures taken then or later: 2024-06-30, 2024-06 or 2024")),
        ("--until", "DAY", tr("only pictures taken then or earlier; without a date, the file's")),
    ):
        parser.add_argument(option, metavar=name, help=text)
    parser.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))


def search(home: Home, options: argparse.Namespace) -> None:
    import json
    import shutil

    from finder.cli.lines import result_as_json, result_lines
    from finder.core.library.catalogue.filter_text import parse_filter
    from finder.core.search.query import Query
    from finder.use_cases.search_session import SearchSession
    from finder.workers.extractor_pools import open_extractors

    filter = parse_filter(options.filter or "", options.folder, options.since, options.until)
    specs = _models(home, options.model)
    with closing(SearchSession(home, partial(open_extractors, home))) as session:
        session.set_query(partial(Query.from_files, options.pictures))
        result = session.search(specs, options.top, options.metric, filter)
    for note in result.notes:
        say(note)
    if options.json:  # as ASCII
        show_raw(json.dumps(result_as_json(result), indent=1))
    else:
        answered = [spec for spec in specs if spec.name in result.models]
        show_lines(result_lines(result, answered, shutil.get_terminal_size(_NO_TERMINAL).columns))


def _models(home: Home, names: list[str]) -> list[ModelSpec]:
    """The named models, or all that have indexed something. Raises FinderError."""
    from finder.cli.models.installed import installed_models
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.core.models.registry import pick_models

    with closing(open_existing(home)) as catalogue:
        counts = catalogue.embeddings.counts()
    installed = installed_models(home)
    if names:
        return pick_models(installed, names)
    specs = [spec for spec in installed if counts.get(spec.name)]
    if not specs:
        raise FinderError(
            tr("The library is empty."), tr("Index a folder first: image-finder index FOLDER")
        )
    return specs
