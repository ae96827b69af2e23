"""What `image-finder search` searches for: words, parts of pictures, turned ones, more, less."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.spec import SMALLEST_DECODE_SIDE
from finder.core.pictures.transform import CropText, Transform
from finder.core.search.query.query_spec import (
    LARGEST_WEIGHT,
    LESS,
    QueryExample,
    QuerySpec,
    TextSource,
)

if TYPE_CHECKING:
    from finder.use_cases.search.query_reader import ReadQuery
    from finder.use_cases.search.search_session import SearchSession


@dataclass(frozen=True)
class _Example:
    """given: the path of a picture, or words."""

    given: str
    weight: float
    is_text: bool = False

    def as_query(self) -> QueryExample:
        spec = QuerySpec.of_text(self.given) if self.is_text else QuerySpec.of_files([self.given])
        return replace(spec.items[0], weight=self.weight)


def add_query_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--crop",
        metavar="X,Y,W,H",
        type=_crop,
        help=tr("search for this part of PICTURE, in pixels or percent (10%%,10%%,50%%,50%%)"),
    )
    parser.add_argument(
        "--rotate",
        type=int,
        choices=(0, 90, 180, 270),
        help=tr("turn PICTURE clockwise by so many degrees"),
    )
    parser.add_argument(
        "--mirror", action="store_true", help=tr("then exchange its left and right")
    )
    parser.add_argument(
        "--any-orientation",
        action="store_true",
        help=tr("find pictures that are turned or mirrored, too"),
    )
    parser.set_defaults(examples=())
    for option, name, example, text in (
        ("--text", "WORDS", _Example("", 1.0, True), tr("what is to be seen; may be repeated")),
        ("--without", "WORDS", _Example("", LESS, True), tr("what is not; may be repeated")),
        (
            "--more",
            "PICTURE",
            _Example("", 1.0),
            tr("more like this picture, too; may be repeated"),
        ),
        ("--less", "PICTURE", _Example("", LESS), tr("less like this picture; may be repeated")),
    ):
        parser.add_argument(
            option, dest="examples", metavar=name, const=example, action=_AddExample, help=text
        )
    parser.add_argument(
        "--weight",
        dest="examples",
        type=_weight,
        metavar="NUMBER",
        action=_SetWeight,
        help=tr("of the option of these four before it, up to 2 (default: 1 and 0.5)"),
    )


def has_query(options: argparse.Namespace) -> bool:
    """Whether the options name a picture or words."""
    return bool(options.pictures) or any(example.is_text for example in options.examples)


def set_query(
    session: SearchSession, options: argparse.Namespace, saved: QuerySpec | None = None
) -> ReadQuery:
    """Make what the options ask for the session's query. saved: of a saved search, which they
    change. Raises FinderError."""
    spec = _spec(options, saved)
    if not spec.pictures and (options.crop or options.rotate is not None or options.mirror):
        options.parser.error(tr("--crop, --rotate and --mirror are for a picture"))
    if options.crop is not None:  # in pixels, it needs the pictures' sizes
        pictures = session.set_query(spec).pictures
        items, left = list(spec.items), len(options.pictures) or 1
        for number, item in enumerate(items):
            if left and not isinstance(item.source, TextSource):
                picture, left = pictures[item.source], left - 1
                facts = picture.facts or picture.item.decoded(SMALLEST_DECODE_SIDE).facts
                box = options.crop.box(facts.width, facts.height)
                items[number] = replace(item, transform=replace(item.transform, crop=box))
        spec = replace(spec, items=tuple(items))
    return session.set_query(spec)


def _spec(options: argparse.Namespace, saved: QuerySpec | None) -> QuerySpec:
    items = list(QuerySpec.of_files(options.pictures).items if saved is None else saved.items)
    if saved is None:
        transform = Transform(None, (options.rotate or 0) // 90, options.mirror)
        items = [replace(item, transform=transform) for item in items]
    elif saved.pictures:
        first = items.index(saved.pictures[0])
        items[first] = _turned(items[first], options)
    items += [example.as_query() for example in options.examples]
    any_orientation = options.any_orientation or (saved is not None and saved.any_orientation)
    return QuerySpec(tuple(items), any_orientation)


def _turned(item: QueryExample, options: argparse.Namespace) -> QueryExample:
    """A saved picture, as the options change it."""
    before = item.transform
    turns = before.quarter_turns if options.rotate is None else options.rotate // 90
    transform = Transform(before.crop, turns, options.mirror or before.mirrored)
    return replace(item, transform=transform)


def _crop(text: str) -> CropText:
    try:
        return CropText.parse(text)
    except FinderError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0 < weight <= LARGEST_WEIGHT:
        raise argparse.ArgumentTypeError(
            tr("“{text}” is not a number above 0, up to 2").format(text=text)
        )
    return weight


class _AddExample(argparse.Action):
    """Adds an example like `const`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        namespace.examples = (*namespace.examples, replace(self.const, given=str(values)))


class _SetWeight(argparse.Action):
    """Changes the weight of the example before it: a weight in the same argument could be part of
    a file's name."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if not namespace.examples:
            parser.error(tr("--weight belongs behind --text, --without, --more or --less"))
        *others, last = namespace.examples
        weight = values if last.weight > 0 else -values
        namespace.examples = (*others, replace(last, weight=weight))
