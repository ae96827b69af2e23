"""Titles, descriptions and keywords in XMP (ISO 16684-1), an XML document in a picture.

Its document type and entities, with which a few bytes could become any number, are refused: XMP has
none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from xml.parsers import expat

MAX_XMP_BYTES = 1_000_000
_MAX_CHARACTERS = 200_000
"""Of all texts together."""

_DC = "http://purl.org/dc/elements/1.1/"
_LIGHTROOM = "http://ns.adobe.com/lightroom/1.0/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PROPERTIES = {
    f"{_DC} title": "title",
    f"{_DC} description": "description",
    f"{_DC} subject": "subject",
    f"{_LIGHTROOM} hierarchicalSubject": "hierarchicalSubject",
    f"{_PHOTOSHOP} Headline": "headline",
}
_ITEM = f"{_RDF} li"


class _RefusedError(Exception):
    """The document has what no XMP has."""


def read_xmp(packet: bytes) -> dict[str, list[str]]:
    """The texts by property: “title”, “headline”, “description”, “subject”, “hierarchicalSubject”.
    Of a damaged or hostile packet, none."""
    if not 0 < len(packet) <= MAX_XMP_BYTES:
        return {}
    reader = _Reader()
    try:
        reader.read(packet.strip(b"\0 \t\r\n"))
    except (expat.ExpatError, _RefusedError, ValueError, LookupError):
        return {}
    return dict(reader.found)


class _Reader:
    def __init__(self) -> None:
        self.found = defaultdict[str, list[str]](list)
        self._property = ""
        self._depth = 0
        self._text: list[str] = []
        self._characters = 0

    def read(self, packet: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.Parse(packet, True)

    def _refuse(self, *_: object) -> None:
        raise _RefusedError

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._property:
            self._depth += 1
            if name == _ITEM:
                self._text = []
            return
        self._property = _PROPERTIES.get(name, "")
        self._depth, self._text = 0, []
        for attribute, value in attributes.items():
            if attribute in _PROPERTIES:
                self._keep(_PROPERTIES[attribute], value)

    def _end(self, name: str) -> None:
        if not self._property:
            return
        if name == _ITEM or self._depth == 0:  # an item of a list, or a text without one
            self._keep(self._property, "".join(self._text))
            self._text = []
        if self._depth == 0:
            self._property = ""
        self._depth -= 1

    def _add(self, text: str) -> None:
        if self._property:
            self._text.append(text)

    def _keep(self, name: str, text: str) -> None:
        self._characters += len(text)
        if self._characters > _MAX_CHARACTERS:
            raise _RefusedError
        if text.strip():
            self.found[name].append(text)
