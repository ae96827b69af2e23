"""`image-finder search`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from finder.cli.output.output import say, show, show_lines, show_raw
from finder.cli.parsers import Commands, add_command, add_model, filter_help, whole_number
from finder.cli.query_options import add_query_options
from finder.cli.saved_options import add_saved_options, open_saved, save_query
from finder.core.i18n import tr
from finder.core.limits import MAX_MATCHES

if TYPE_CHECKING:
    from finder.core.library.words.name_match import NameMatch
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.matches import Result
    from finder.core.search.stacks import NearDuplicates
    from finder.use_cases.search.match_dates import PictureDate

_TOP, _METRIC = 10, "euclidean"
ALL = "all"
"""Instead of a model's name: all that have indexed something."""


def add_search(commands: Commands) -> None:
    summary = tr("Show the pictures that look like the given ones, or fit words.")
    more = tr(
        "On a terminal as a table. In a pipe as lines: model, rank, number and path, separated by "
        "tabs."
    )
    parser = add_command(commands, "search", summary, more, handler=search)
    parser.add_argument(
        "pictures",
        nargs="*",
        metavar="PICTURE",
        help=tr("any picture file; of several, what is like all of them is found"),
    )
    add_saved_options(parser)
    add_query_options(parser)
    add_model(
        parser,
        tr(
            "search with this model; may be repeated; “all”: every model that has indexed "
            "pictures (default: those that are switched on)"
        ),
    )
    parser.add_argument(
        "--top",
        type=whole_number(1, MAX_MATCHES),
        metavar="K",
        help=tr("how many matches, 1 to 200 (default: 10)"),
    )
    parser.add_argument(
        "--metric",
        choices=["euclidean", "cosine", "ip", "l1", "hamming"],
        help=tr(
            "the measure shown: Euclidean distance (default), cosine similarity, inner "
            "product; for baselines L1 or Hamming distance. A model without that measure "
            "shows its own"
        ),
    )
    _add_filter_options(parser)
    _add_output_options(parser)


def _add_filter_options(parser: argparse.ArgumentParser) -> None:
    for option, name, text in (
        ("--filter", "CONDITIONS", filter_help()),
        ("--folder", "FOLDER", tr("only pictures in this folder")),
        ("--since", "DAY", tr("only pictures taken then or later: 2024-06-30, 2024-06 or 2024")),
        (
            "--until",
            "DAY",
            tr("only pictures taken then or earlier; without a date taken, the file's time counts"),
        ),
    ):
        parser.add_argument(option, metavar=name, help=text)


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--agreement",
        action="store_true",
        help=tr("show how far each two models agree, instead of the matches"),
    )
    parser.add_argument(
        "--fold",
        action="store_true",
        help=tr("list only the best match of near-duplicates, with the number of the others: “+4”"),
    )
    parser.add_argument(
        "--no-look-twice",
        dest="look_twice",
        action="store_false",
        help=tr(
            "leave the combined ranking as the sum of the models has it, without a second look"
        ),
    )
    parser.add_argument(
        "--no-verify",
        dest="verify",
        action="store_false",
        help=tr("do not check which of the best matches are the same picture"),
    )
    parser.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))


def search(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.query_options import set_query
    from finder.cli.search_answer import Request, answer
    from finder.cli.search_names import names_of
    from finder.core.library.catalogue.filter.filter_text import parse_filter
    from finder.core.search.stacks import foldable
    from finder.use_cases.search.match_dates import match_dates
    from finder.use_cases.search.search_session import SearchSession
    from finder.workers.extractor_pools import SharedExtractors

    saved = open_saved(home, options)
    filter = parse_filter(options.filter or "", options.folder, options.since, options.until)
    if saved is not None and not _has_filter(options):
        filter = saved.filter
    chosen = options.model or list((saved and saved.models) or ())
    specs = _models(home, chosen)
    top = options.top or (saved.top if saved else _TOP)
    metric = options.metric or (saved.metric if saved else _METRIC)
    with (
        closing(SharedExtractors(home)) as extractors,
        closing(SearchSession(home, extractors.get)) as session,
    ):
        read = set_query(session, options, saved.spec if saved else None)
        if options.save is not None:
            models = tuple(spec.name for spec in specs) if chosen else None
            save_query(home, options, read, filter, models, top, metric)
        names = names_of(home, read.query, top, filter)
        request = Request(specs, top, metric, filter, options.look_twice)
        is_verified = options.verify and not options.agreement
        result = answer(session, read.query, request, is_verified, bool(names))
        near = None
        if options.fold:
            near = foldable(session.near_duplicates(result, specs), result)
    for note in (*result.notes, *result.left_out.values()):
        say(note)
    by_days = filter.taken_from or filter.taken_until
    dates = match_dates(home, result.pictures(), filter) if by_days else {}
    answered = [spec for spec in specs if spec.name in result.models]
    if options.json:
        import json

        from finder.cli.search_output import result_as_json

        show_raw(json.dumps(result_as_json(result, dates, near, names), indent=1))  # as ASCII
    elif options.agreement:
        _show_agreement(result, answered)
    else:
        _show_result(result, answered, dates, near, names)


def _show_agreement(result: Result, answered: Sequence[ModelSpec]) -> None:
    """As a table on a terminal, or as lines for another program."""
    import shutil

    from finder.cli.search_agreement import agreement_lines
    from finder.cli.search_output import agreement_rows

    if sys.stdout.isatty():
        show_lines(agreement_lines(result, answered, shutil.get_terminal_size().columns))
    elif len(answered) > 1:
        for row in agreement_rows(result):
            show(*row)
    else:
        say(tr("Fewer than two models have answered."))


def _has_filter(options: argparse.Namespace) -> bool:
    given = (options.filter, options.folder, options.since, options.until)
    return any(value is not None for value in given)


def _show_result(
    result: Result,
    answered: Sequence[ModelSpec],
    dates: Mapping[int, PictureDate],
    near: NearDuplicates | None,
    names: Sequence[NameMatch],
) -> None:
    """As a table on a terminal, or as lines for another program. near: what is folded."""
    import shutil

    from finder.cli.query_lines import turned_lines
    from finder.cli.search_names import name_lines, name_rows
    from finder.cli.search_output import result_rows
    from finder.cli.search_table import result_lines

    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        show_lines(result_lines(result, answered, width, near))
        show_lines(turned_lines(result))
        show_lines(name_lines(names, width))
    else:
        for row in (*result_rows(result, near), *name_rows(names)):
            show(*row)
    if not all(date.is_taken for date in dates.values()):
        say(tr("Where no date taken is known, the file's time counts."))


def _models(home: Home, names: list[str]) -> list[ModelSpec]:
    """The models to search with. Raises FinderError."""
    from finder.cli.models.installed import installed_models
    from finder.core.models.registry import pick_models
    from finder.use_cases.search.search_models import default_models, indexed_models

    indexed = indexed_models(home, installed := installed_models(home))
    if ALL in names:
        named = pick_models(installed, [name for name in names if name != ALL])
        return list(dict.fromkeys((*indexed, *named)))
    return pick_models(installed, names) or default_models(home, installed, indexed)
