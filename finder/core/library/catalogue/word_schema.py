"""Format 5's tables: what stands in the pictures' metadata and in the pictures themselves, and the
index of all words by which pictures are found.

The index is a part of the catalogue: it changes in the same transaction as the files, readers see
both as they were at the same moment, and a backup that is restored has the index of its files. The
price is 25 to 45 MB for 100,000 pictures, in each backup, too.
"""

from __future__ import annotations

from typing import Final

DESCRIPTIONS: Final = """
-- What a picture's metadata says: a caption, and labels, a JSON list. Only where there is any.
CREATE TABLE description (
  picture INTEGER PRIMARY KEY REFERENCES picture(id) ON DELETE CASCADE,
  caption TEXT NOT NULL,
  labels TEXT NOT NULL,
  crc INTEGER NOT NULL
);
-- Pictures whose metadata is still to be read: those from before format 5.
CREATE TABLE undescribed (
  picture INTEGER PRIMARY KEY REFERENCES picture(id) ON DELETE CASCADE
);
INSERT INTO undescribed SELECT id FROM picture;

-- The text that an engine (its name and version) has recognised in a picture; empty where there is
-- none. lines: a JSON list of [text, left, top, right, bottom], fractions of the upright picture.
-- reason: why it could not be read.
CREATE TABLE recognised_text (
  picture INTEGER PRIMARY KEY REFERENCES picture(id) ON DELETE CASCADE,
  engine TEXT NOT NULL,
  text TEXT NOT NULL,
  lines TEXT NOT NULL,
  reason TEXT,
  crc INTEGER NOT NULL
);
-- For counting them, and what an engine has not looked at.
CREATE INDEX recognised_engine ON recognised_text(engine);
CREATE INDEX recognised_some ON recognised_text(picture) WHERE text != '';
CREATE INDEX recognised_not ON recognised_text(picture) WHERE reason IS NOT NULL;
"""

WORDS: Final = """
-- The words of each picture that a file shows, folded and separated by spaces (`folded_words`).
-- A picture that is newer has a higher row, so reading the index backwards gives the newest first.
CREATE TABLE word_text (
  row INTEGER PRIMARY KEY,
  picture INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  label TEXT NOT NULL,
  caption TEXT NOT NULL,
  recognised TEXT NOT NULL
);
-- Everything but ASCII's spaces and signs is part of a word: folding has separated the words.
CREATE VIRTUAL TABLE word_index USING fts5(
  name, folder, label, caption, recognised,
  content = 'word_text', content_rowid = 'row', tokenize = 'ascii', prefix = '2'
);
"""

CHANGES: Final = """
-- Pictures whose words have changed, and are brought up to date before the transaction ends.
CREATE TABLE word_change (picture INTEGER PRIMARY KEY);

-- before: a row that is replaced has its picture still
CREATE TRIGGER words_file_added BEFORE INSERT ON file BEGIN
  INSERT OR IGNORE INTO word_change SELECT new.picture WHERE new.picture NOT NULL
    UNION SELECT picture FROM file WHERE path = new.path AND picture NOT NULL;
END;
CREATE TRIGGER words_file_changed AFTER UPDATE OF path, mtime_ns, picture ON file BEGIN
  INSERT OR IGNORE INTO word_change SELECT new.picture WHERE new.picture NOT NULL
    UNION SELECT old.picture WHERE old.picture NOT NULL;
END;
CREATE TRIGGER words_file_removed AFTER DELETE ON file WHEN old.picture NOT NULL BEGIN
  INSERT OR IGNORE INTO word_change VALUES (old.picture);
END;
"""

_OF_PICTURE: Final = """
CREATE TRIGGER words_{table}_added AFTER INSERT ON {table} BEGIN
  INSERT OR IGNORE INTO word_change VALUES (new.picture);
END;
-- An “ON CONFLICT DO UPDATE” would overrule an “OR IGNORE” here.
CREATE TRIGGER words_{table}_changed AFTER UPDATE ON {table} BEGIN
  INSERT INTO word_change SELECT new.picture
    WHERE NOT EXISTS (SELECT 1 FROM word_change WHERE picture = new.picture);
END;
CREATE TRIGGER words_{table}_removed AFTER DELETE ON {table} BEGIN
  INSERT OR IGNORE INTO word_change VALUES (old.picture);
END;
"""

ALL_CHANGED: Final = """
INSERT OR IGNORE INTO word_change SELECT DISTINCT picture FROM file WHERE picture NOT NULL
"""

FORMAT_5: Final = "".join(
    [
        DESCRIPTIONS,
        WORDS,
        CHANGES,
        *(_OF_PICTURE.format(table=table) for table in ("description", "recognised_text")),
        ALL_CHANGED.rstrip() + ";\n",
    ]
)
