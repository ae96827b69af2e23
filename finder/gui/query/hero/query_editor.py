"""What the user changes about the query: its part, its orientation, further examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QRectF, Signal

from finder.core.pictures.transform import IDENTITY, Box, Transform
from finder.core.search.query.query_spec import LESS, QueryExample, QuerySpec, Source
from finder.gui.query.hero.crop_frame import WHOLE, turned_frame, unturned_frame


class QueryEditor(QObject):
    """Holds the query that is shown. Signal: changed(QuerySpec), by one of its methods."""

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spec: QuerySpec | None = None

    @property
    def lead(self) -> int:
        """The number of the item that is shown large."""
        return (self.spec.lead if self.spec is not None else None) or 0

    @property
    def transform(self) -> Transform:
        """Of the first picture."""
        return self.spec.items[self.lead].transform if self.spec is not None else IDENTITY

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
        lead = self.spec.items[self.lead]
        new = [source for source in dict.fromkeys(sources) if source != lead.source]
        kept = [item for item in self.spec.items if item.source not in new]
        weight = 1.0 if is_more else LESS
        examples = [QueryExample(source, weight) for source in new]
        return replace(self.spec, items=(*kept, *examples)) if new else None

    def set_weight(self, number: int, weight: float) -> None:
        """Of the example with this number among the items."""
        if self.spec is not None:
            items = list(self.spec.items)
            items[number] = replace(items[number], weight=weight)
            self._change(replace(self.spec, items=tuple(items)))

    def remove_example(self, number: int) -> None:
        if self.spec is not None:
            items = self.spec.items
            self._change(replace(self.spec, items=items[:number] + items[number + 1 :]))

    def _transform(self, transform: Transform) -> None:
        if self.spec is not None and self.spec.pictures and transform != self.transform:
            items = list(self.spec.items)
            items[self.lead] = replace(items[self.lead], transform=transform)
            self._change(replace(self.spec, items=tuple(items)))

    def _change(self, spec: QuerySpec) -> None:
        self.spec = spec
        self.changed.emit(spec)


def _box(frame: QRectF) -> Box:
    left, top = max(0.0, frame.left()), max(0.0, frame.top())
    return Box(left, top, min(1.0, frame.right()), min(1.0, frame.bottom()))
