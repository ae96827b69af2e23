"""What `image-finder search` searches for: parts of pictures, orientations, more and less."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.spec import SMALLEST_DECODE_SIDE
from finder.core.pictures.transform import CropText, Transform
from finder.core.search.query.query_spec import LARGEST_WEIGHT, LESS, QuerySpec

if TYPE_CHECKING:
    from finder.use_cases.search.query_reader import ReadQuery
    from finder.use_cases.search.search_session import SearchSession


@dataclass(frozen=True)
class _Example:
    path: str
    weight: float


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
    for option, weight, text in (
        ("--more", 1.0, tr("more like this picture, too; may be repeated")),
        ("--less", LESS, tr("less like this picture; may be repeated")),
    ):
        parser.add_argument(
            option,
            dest="examples",
            metavar="PICTURE",
            const=weight,
            action=_AddExample,
            help=text,
        )
    parser.add_argument(
        "--weight",
        dest="examples",
        type=_weight,
        metavar="NUMBER",
        action=_SetWeight,
        help=tr("of the --more or --less before it, up to 2 (default: 1 and 0.5)"),
    )


def set_query(
    session: SearchSession, options: argparse.Namespace, saved: QuerySpec | None = None
) -> ReadQuery:
    """Make what the options ask for the session's query. saved: of a saved search, which they
    change. Raises FinderError."""
    spec = _spec(options, saved)
    count = len(options.pictures) or 1
    if options.crop is not None:  # in pixels, it needs the pictures' sizes
        pictures = session.set_query(spec).pictures
        items = []
        for number, item in enumerate(spec.items):
            if number < count:
                picture = pictures[item.source]
                facts = picture.facts or picture.item.decoded(SMALLEST_DECODE_SIDE).facts
                box = options.crop.box(facts.width, facts.height)
                item = replace(item, transform=replace(item.transform, crop=box))
            items.append(item)
        spec = replace(spec, items=tuple(items))
    return session.set_query(spec)


def _spec(options: argparse.Namespace, saved: QuerySpec | None) -> QuerySpec:
    turns, mirror = (options.rotate or 0) // 90, options.mirror
    if saved is None:
        transform = Transform(None, turns, mirror)
        items = [
            replace(item, transform=transform)
            for item in QuerySpec.of_files(options.pictures).items
        ]
    else:
        items = list(saved.items)
        before = items[0].transform
        turns = before.quarter_turns if options.rotate is None else turns
        transform = Transform(before.crop, turns, mirror or before.mirrored)
        items[0] = replace(items[0], transform=transform)
    examples = QuerySpec.of_files([example.path for example in options.examples]).items
    items += [
        replace(item, weight=example.weight)
        for item, example in zip(examples, options.examples, strict=True)
    ]
    any_orientation = options.any_orientation or (saved is not None and saved.any_orientation)
    return QuerySpec(tuple(items), any_orientation)


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
    """Adds a picture with the weight `const`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        namespace.examples = (*namespace.examples, _Example(str(values), self.const))


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
            parser.error(tr("--weight belongs behind --more PICTURE or --less PICTURE"))
        *others, last = namespace.examples
        weight = values if last.weight > 0 else -values
        namespace.examples = (*others, replace(last, weight=weight))
