"""The rows of the column of names and texts as cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.gui.common.formatting import file_name
from finder.gui.results.match_model import MatchListModel
from finder.gui.results.names import found_words

if TYPE_CHECKING:
    from finder.core.library.words.name_match import NameMatch
    from finder.core.pictures.transform import Box
    from finder.core.search.matches import Match
    from finder.gui.grid.card import Card


class NamesModel(MatchListModel):
    """found: for each picture (content id) what has the words."""

    found: Mapping[int, NameMatch] = {}

    def number(self, match: Match) -> str:
        """The place in which the words were found."""
        found = self.found.get(match.picture.id)
        return found_words.place(found.where) if found is not None else ""

    def facts(self, match: Match) -> tuple[str, ...]:
        return (self._legend(match),)

    def texts(self, match: Match) -> tuple[Box, ...]:
        found = self.found.get(match.picture.id)
        return found.boxes if found is not None else ()

    def _spoken(self, match: Match) -> str:
        words = [tr("{rank}, {name}").format(rank=match.rank, name=file_name(match))]
        words.append(self._legend(match))
        if match.picture.away:
            words.append(match.picture.away)
        return ", ".join(words)

    def _legend(self, match: Match) -> str:
        found = self.found.get(match.picture.id)
        return found_words.sentence(found) if found is not None else ""

    def _word(self, match: Match) -> str:
        return ""

    def _card(self, match: Match) -> Card:
        found, card = self.found.get(match.picture.id), super()._card(match)
        label = found_words.card_words(found) if found is not None else ""
        return replace(card, label=label, short_label="", dots=())
