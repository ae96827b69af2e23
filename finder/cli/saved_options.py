"""`image-finder search --saved` and `--save`, and `image-finder searches`."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from finder.cli.output.output import say, show, show_raw
from finder.cli.parsers import Commands, add_command
from finder.cli.query_options import has_query
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    Source,
    TextSource,
    WebSource,
)

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.paths import Home
    from finder.core.search.saved_search import SavedSearch
    from finder.use_cases.search.query_reader import ReadQuery


def add_saved_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--saved",
        metavar="NAME",
        help=tr("run this saved search; other options replace what was saved"),
    )
    parser.add_argument("--save", metavar="NAME", help=tr("save this search under a name"))
    parser.add_argument(
        "--replace", action="store_true", help=tr("with --save: in place of one with that name")
    )


def add_searches(commands: Commands) -> None:
    summary = tr("List the saved searches; delete or rename one.")
    more = tr("“search --saved NAME” runs one, “search PICTURE --save NAME” saves one.")
    parser = add_command(commands, "searches", summary, more, handler=searches)
    actions = parser.add_mutually_exclusive_group()
    actions.add_argument("--delete", metavar="NAME", help=tr("delete this one"))
    actions.add_argument("--rename", nargs=2, metavar=("OLD", "NEW"), help=tr("rename one"))
    actions.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))


def open_saved(home: Home, options: argparse.Namespace) -> SavedSearch | None:
    """The saved search that the options name. Raises FinderError."""
    if options.pictures and options.saved is not None:
        options.parser.error(tr("give a picture to search for, or --saved NAME"))
    if not has_query(options) and options.saved is None:
        options.parser.error(tr("give a picture to search for, --text WORDS, or --saved NAME"))
    if options.saved is None:
        return None
    from finder.cli.models.installed import installed_models
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.use_cases.search.saved_searches import open_search

    open_existing(home).close()
    installed = {spec.name for spec in installed_models(home)}
    opened = open_search(home, options.saved, installed)
    for note in opened.notes:
        say(note)
    for item in opened.search.spec.items:
        if isinstance(item.source, WebSource):
            raise FinderError(
                tr("This search is for a picture of the web: {url}.").format(url=item.source.url),
                tr("Run it in the window, which asks before it downloads."),
            )
    return opened.search


def save_query(
    home: Home,
    options: argparse.Namespace,
    read: ReadQuery,
    filter: Filter,
    models: tuple[str, ...] | None,
    top: int,
    metric: str,
) -> None:
    """Save what is searched for under the name of --save. Raises FinderError."""
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.core.search.saved_search import SavedSearch
    from finder.use_cases.search.saved_searches import (
        SearchExistsError,
        contents_of,
        save_search,
    )

    open_existing(home).close()
    contents = contents_of({s: picture.item.picture for s, picture in read.pictures.items()})
    search = SavedSearch(options.save, read.spec, filter, models, top, metric, contents)
    try:
        kept = save_search(home, search, options.replace)
    except SearchExistsError as error:
        hint = tr("Choose another name, or add --replace.")
        raise FinderError(error.sentence, hint) from error
    say(tr("Saved as “{name}”.").format(name=kept.name))


def searches(home: Home, options: argparse.Namespace) -> None:
    import json

    from finder.core.library.catalogue.catalogue import open_existing
    from finder.use_cases.search.saved_searches import (
        delete_search,
        rename_search,
        saved_searches,
    )

    open_existing(home).close()
    if options.delete is not None:
        deleted = delete_search(home, options.delete)
        name = options.delete if deleted is None else deleted.name
        show(tr("The saved search “{name}” was deleted.").format(name=name))
    elif options.rename:
        old, new = options.rename
        new = rename_search(home, old, new)
        show(tr("The saved search “{old}” is “{new}” now.").format(old=old, new=new))
    elif options.json:
        found = [_as_json(name, search) for name, search in saved_searches(home)]
        show_raw(json.dumps(found, indent=1))
    else:
        _list(home)


def _list(home: Home) -> None:
    from finder.core.library.catalogue.filter.filter_text import filter_text
    from finder.use_cases.search.saved_searches import saved_searches

    found = list(saved_searches(home))
    if not found:
        say(tr("No search has been saved yet: image-finder search PICTURE --save NAME"))
    for name, search in found:
        if search is None:
            show(name, tr("damaged: “image-finder check --repair” restores it"))
        else:
            show(name, _query_text(search), filter_text(search.filter))


def _query_text(search: SavedSearch) -> str:
    first, *others = [item.source.label for item in search.spec.items]
    if not others:
        return first
    return trn("{name} and {n} more", "{name} and {n} more", len(others), name=first)


def _as_json(name: str, search: SavedSearch | None) -> dict[str, Any]:
    """Without the bytes of pasted pictures."""
    from finder.core.library.catalogue.filter.filter_text import filter_text
    from finder.core.search.query.query_spec_json import transform_as_json

    if search is None:
        return {"name": name, "damaged": True}
    examples = [
        _source_as_json(item.source) | {"weight": item.weight} | transform_as_json(item.transform)
        for item in search.spec.items
    ]
    return {
        "name": name,
        "examples": examples,
        "any_orientation": search.spec.any_orientation,
        "filter": filter_text(search.filter),
        "models": None if search.models is None else list(search.models),
        "top": search.top,
        "metric": search.metric,
    }


def _source_as_json(source: Source) -> dict[str, Any]:
    match source:
        case FileSource(path):
            return {"path": path, "exists": os.path.isfile(path)}
        case BytesSource(label, data):
            return {"name": label, "bytes": len(data)}
        case WebSource(url, label):
            return {"name": label, "url": url}
        case TextSource(text):
            return {"text": text}
        case _:
            return {"name": source.label, "picture": source.picture}
