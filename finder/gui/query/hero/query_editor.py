"""What the user changes about the query: its part, its orientation, further examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QRectF, Signal

from finder.core.pictures.transform import IDENTITY, Box, Transform
from finder.core.search.query.query_spec import (
    LESS,
    QueryExample,
    QuerySpec,
    Source,
    TextSource,
)
from finder.core.search.query.typed_words import has_wanted, with_words
from finder.gui.query.hero.crop_frame import WHOLE, turned_frame, unturned_frame


class QueryEditor(QObject):
    """Holds the query that is shown. Signals: changed(QuerySpec), by one of its methods; emptied,
    when one of them leaves nothing that could be searched for."""

    changed = Signal(object)
    emptied = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spec: QuerySpec | None = None

    @property
    def first(self) -> int | None:
        """The place of the picture that is shown large: the first one that matches should
        resemble. None: there are words only, or nothing."""
        items = enumerate(self.spec.items if self.spec is not None else ())
        wanted = ((n, item) for n, item in items if item.weight > 0)
        return next((n for n, item in wanted if not isinstance(item.source, TextSource)), None)

    @property
    def transform(self) -> Transform:
        """Of the first picture."""
        if self.spec is None or self.first is None:
            return IDENTITY
        return self.spec.items[self.first].transform

    @property
    def frame(self) -> QRectF:
        """The part of the first picture, as it is shown: turned and mirrored."""
        crop = self.transform.crop
        if crop is None:
            return QRectF(WHOLE)
        upright = QRectF(crop.left, crop.top, crop.right - crop.left, crop.bottom - crop.top)
        return turned_frame(upright, self.transform.orientation)

    def set_frame(self, frame: QRectF) -> None:
        """Search for this part, in fractions of the picture as it is shown."""
        upright = unturned_frame(frame, self.transform.orientation)
        box = None if frame == WHOLE else _box(upright)
        self._transform(replace(self.transform, crop=box))

    def rotate(self) -> None:
        """By a quarter turn clockwise, as it is shown."""
        turn = -1 if self.transform.mirrored else 1
        turns = (self.transform.quarter_turns + turn) % 4
        self._transform(replace(self.transform, quarter_turns=turns))

    def mirror(self) -> None:
        """Exchange left and right, as it is shown."""
        self._transform(replace(self.transform, mirrored=not self.transform.mirrored))

    def set_any_orientation(self, any_orientation: bool) -> None:
        if self.spec is not None and self.spec.any_orientation != any_orientation:
            self._change(replace(self.spec, any_orientation=any_orientation))

    def add_example(self, source: Source, is_more: bool) -> None:
        """More, or less, like this picture, too."""
        spec = self.with_examples((source,), is_more)
        if spec is not None:
            self._change(spec)

    def with_examples(self, sources: Sequence[Source], is_more: bool) -> QuerySpec | None:
        """The query with these examples, too; None if they are what is searched for."""
        if self.spec is None:
            return None
        at = self.first
        first = self.spec.items[at].source if at is not None else None
        new = [source for source in dict.fromkeys(sources) if source != first]
        kept = [item for n, item in enumerate(self.spec.items) if n == at or item.source not in new]
        weight = 1.0 if is_more else LESS
        examples = [QueryExample(source, weight) for source in new]
        return replace(self.spec, items=(*kept, *examples)) if new else None

    def set_weight(self, number: int, weight: float) -> None:
        """Of the example at this place of the query."""
        if self.spec is not None:
            items = list(self.spec.items)
            items[number] = replace(items[number], weight=weight)
            self._change(replace(self.spec, items=tuple(items)))

    def remove_example(self, number: int) -> None:
        if self.spec is not None:
            items = self.spec.items
            self._change(replace(self.spec, items=items[:number] + items[number + 1 :]))

    def set_words(self, text: str) -> None:
        """As they are typed: in place of those of the query, or as a new one."""
        spec = with_words(self.spec, text)
        if spec != self.spec and (spec.items or self.spec is not None):
            self._change(spec)

    def keep_only_words(self) -> None:
        """The query without its pictures."""
        if self.spec is not None:
            self._change(QuerySpec(self.spec.words))

    def _transform(self, transform: Transform) -> None:
        if self.spec is not None and self.first is not None and transform != self.transform:
            items = list(self.spec.items)
            items[self.first] = replace(items[self.first], transform=transform)
            self._change(replace(self.spec, items=tuple(items)))

    def _change(self, spec: QuerySpec) -> None:
        """What nothing should resemble cannot be searched for."""
        if has_wanted(spec):
            self.spec = spec
            self.changed.emit(spec)
        elif self.spec is not None:
            self.emptied.emit()


def _box(frame: QRectF) -> Box:
    left, top = max(0.0, frame.left()), max(0.0, frame.top())
    return Box(left, top, min(1.0, frame.right()), min(1.0, frame.bottom()))
