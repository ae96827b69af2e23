"""The check of what pictures are found by in words: captions, labels, texts in them, the index."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.backups import damaged_rows
from finder.core.library.catalogue.tables.word_table import is_damage
from finder.core.library.check.findings import Finding, repairable

if TYPE_CHECKING:
    from finder.core.library.writer import LibraryWriter


def check_texts(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """What is damaged is removed, and the next run reads it again."""
    catalogue = writer.catalogue
    described = [row[0] for row in damaged_rows(catalogue.connection, "description")]
    recognised = [row[0] for row in damaged_rows(catalogue.connection, "recognised_text")]
    if not described and not recognised:
        return []
    if repair:
        with catalogue.transaction():
            catalogue.descriptions.read_again(described)
            catalogue.recognised_text.remove(recognised)
    sentence = trn(
        "The caption, the labels or the text of {n} picture is damaged.",
        "The captions, the labels or the texts of {n} pictures are damaged.",
        len(set(described) | set(recognised)),
    )
    return [repairable(sentence, "texts", needs_indexing=True, done=repair)]


def check_words(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """The index of words is made anew from names, folders, labels, captions and texts."""
    words = writer.catalogue.words
    try:
        wrong = len(words.wrong())
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        wrong = 0
    else:
        if not wrong:
            return []
    if repair:
        with writer.catalogue.transaction():
            words.rebuild()
    sentence = trn(
        "{n} picture cannot be found by its words.",
        "{n} pictures cannot be found by their words.",
        wrong,
    )
    if not wrong:
        sentence = tr("The index of words is damaged.")
    return [repairable(sentence, "words", done=repair)]
