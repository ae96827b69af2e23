"""Queries as JSON, for a history and saved searches."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from finder.core.pictures.transform import Box, Transform
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    LibrarySource,
    QueryExample,
    QuerySpec,
    Source,
    TextSource,
    WebSource,
)


def spec_as_json(spec: QuerySpec) -> dict[str, Any]:
    """Values that `json` can write. Pasted pictures are in it as they are, in base64."""
    items = [
        _source_as_json(item.source) | {"weight": item.weight} | transform_as_json(item.transform)
        for item in spec.items
    ]
    return {"items": items, "any_orientation": spec.any_orientation}


def spec_from_json(value: object) -> QuerySpec:
    """Raises ValueError if it is not from `spec_as_json`."""
    if not isinstance(value, Mapping):
        raise ValueError("not a query: no object")
    try:
        items = tuple(
            QueryExample(_source_from_json(item), float(item["weight"]), _transform(item))
            for item in value["items"]
        )
        return QuerySpec(items, bool(value["any_orientation"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a query: {error!r}") from error


def transform_as_json(transform: Transform) -> dict[str, Any]:
    """Only what is done: crop, [left, top, right, bottom] in fractions; rotate, in degrees
    clockwise; mirror."""
    crop = transform.crop
    return {
        **({"crop": [crop.left, crop.top, crop.right, crop.bottom]} if crop else {}),
        **({"rotate": 90 * transform.quarter_turns} if transform.quarter_turns else {}),
        **({"mirror": True} if transform.mirrored else {}),
    }


def _transform(item: Mapping[str, Any]) -> Transform:
    crop = Box(*map(float, item["crop"])) if "crop" in item else None
    return Transform(crop, int(item.get("rotate", 0)) // 90, bool(item.get("mirror", False)))


def _source_as_json(source: Source) -> dict[str, Any]:
    match source:
        case FileSource(path):
            return {"path": path}
        case LibrarySource(picture, name):
            return {"picture": picture, "name": name}
        case WebSource(url, label):
            return {"url": url, "name": label}
        case TextSource(text):
            return {"text": text}
        case BytesSource(label, data):
            return {"data": base64.b64encode(data).decode(), "name": label}


def _source_from_json(item: Mapping[str, Any]) -> Source:
    if "path" in item:
        return FileSource(str(item["path"]))
    if "text" in item:
        return TextSource(str(item["text"]))
    name = str(item["name"])
    if "picture" in item:
        return LibrarySource(int(item["picture"]), name)
    if "url" in item:
        return WebSource(str(item["url"]), name)
    return BytesSource(name, base64.b64decode(item["data"], validate=True))
