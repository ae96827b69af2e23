"""A match alone, beside the query, or under it up to a divider; both seen from the same point."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.widgets import ElidedLabel, secondary
from finder.gui.common.zoom.image_pyramid import ImagePyramid
from finder.gui.common.zoom.zoom_view import ZoomView
from finder.gui.theme.tokens import SPACE, SPACE_M, SPACE_S

if TYPE_CHECKING:
    from finder.core.pictures.transform import Box


class PreviewMode(StrEnum):
    ONE = "one"
    SIDE_BY_SIDE = "side"
    OVERLAY = "overlay"


class PreviewStage(QWidget):
    """shows_outline: whether the outline is drawn, if the match has one.

    Signals: rescaled, when `match.pixel_scale` may be another; enlarged, when a view could show
    more pixels than are loaded."""

    rescaled = Signal()
    enlarged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.mode = PreviewMode.ONE
        self.query, self.match = ZoomView(), ZoomView()
        self.query_caption, self.match_caption = ElidedLabel(), ElidedLabel()
        self._query_picture = ImagePyramid()
        self._outline: Sequence[tuple[float, float]] = ()
        self._outline_in_query: Sequence[tuple[float, float]] = ()
        self._query_corners: Sequence[tuple[float, float]] = ()
        self._texts: Sequence[Box] = ()
        self.shows_outline = True
        self._captions = QWidget()
        for view, other in ((self.query, self.match), (self.match, self.query)):
            view.moved.connect(partial(self._follow, view, other))
            view.enlarged.connect(self.enlarged)
        self.match.rescaled.connect(self.rescaled)
        self.setFocusProxy(self.match)
        self._lay_out()
        self.set_mode(PreviewMode.ONE)

    def _lay_out(self) -> None:
        # The divider leaves the query at the left, whatever the language; so do the other modes.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        captions = QHBoxLayout(self._captions)
        captions.setContentsMargins(SPACE_M, SPACE, SPACE_M, SPACE_S)
        for label in (self.query_caption, self.match_caption):
            secondary(label)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            captions.addWidget(label, 1)
        views = QHBoxLayout()
        views.setSpacing(SPACE_S)
        for view in (self.query, self.match):
            views.addWidget(view, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._captions)
        layout.addLayout(views, 1)

    def set_mode(self, mode: PreviewMode) -> None:
        self.mode = mode
        compares = mode is not PreviewMode.ONE
        self._captions.setVisible(compares)
        self.query.setVisible(mode is PreviewMode.SIDE_BY_SIDE)
        self.query.set_viewpoint(self.match.viewpoint)
        self._show_overlay()

    def show_match(self, caption: str, picture: ImagePyramid) -> None:
        """The viewpoint stays, so that the same place can be compared in one after another."""
        self.match_caption.show_text(tr("Match: {name}").format(name=caption))
        self.match.setAccessibleName(self.match_caption.whole_text())
        self.match.show_picture(picture)

    def show_query(self, caption: str, picture: ImagePyramid) -> None:
        self._query_picture = picture
        self.query_caption.show_text(tr("Query: {name}").format(name=caption))
        self.query.setAccessibleName(self.query_caption.whole_text())
        self.query.show_picture(picture)
        self._show_overlay()

    def show_outline(
        self,
        in_match: Sequence[tuple[float, float]],
        in_query: Sequence[tuple[float, float]] = (),
        query_corners: Sequence[tuple[float, float]] = (),
    ) -> None:
        """The shared part, in the match and in the query; none: it is not known, or all of it.
        query_corners: where the query's are in the match, over which it is laid there."""
        self._outline, self._outline_in_query = in_match, in_query
        self._query_corners = query_corners
        self._draw_outline()
        self._show_overlay()

    def show_texts(self, boxes: Sequence[Box]) -> None:
        """Where in the match words were found."""
        self._texts = boxes
        self._draw_outline()

    @property
    def has_outline(self) -> bool:
        """Whether there is one on what the mode shows."""
        beside = self._outline_in_query if self.mode is PreviewMode.SIDE_BY_SIDE else ()
        return bool(self._outline or self._texts or beside)

    def set_shows_outline(self, shows: bool) -> None:
        self.shows_outline = shows
        self._draw_outline()

    def _draw_outline(self) -> None:
        self.match.show_outline(self._outline if self.shows_outline else ())
        self.match.show_marks([_corners(box) for box in self._texts if self.shows_outline])
        self.query.show_outline(self._outline_in_query if self.shows_outline else ())

    def clear(self) -> None:
        """Let go of the pictures, and see all of the next one."""
        self.match.fit()
        self.show_match("", ImagePyramid())
        self.show_outline(())
        self.show_texts(())
        self.show_query("", ImagePyramid())

    def _show_overlay(self) -> None:
        is_over = self.mode is PreviewMode.OVERLAY
        self.match.show_overlay(self._query_picture if is_over else None, self._query_corners)

    def _follow(self, view: ZoomView, other: ZoomView) -> None:
        other.set_viewpoint(view.viewpoint)


def _corners(box: Box) -> Sequence[tuple[float, float]]:
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    return (left, top), (right, top), (right, bottom), (left, bottom)
