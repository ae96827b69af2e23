"""Where a process is killed: named points of the program and of its vector engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scene(StrEnum):
    """What the process is doing when it is killed, and what was done to the library before."""

    CHANGES = "pictures were added, changed, renamed, and deleted"
    REMOVALS = "many pictures were deleted"
    OLD_FORMAT = "a library of the first format"
    NO_COPY = "a copy of the catalogue is due"
    RESTORE = "the last copy is restored"
    BAD_MATRIX = "check --repair of a damaged matrix"
    BAD_CATALOGUE = "check --repair of a damaged catalogue"
    BAD_CATALOGUE_NO_COPY = "the same, without a copy of it"


@dataclass(frozen=True)
class Point:
    """title: for the table. module, names: a function in it that is entered, or left if `after`,
    for the n-th time, n up to `most`. No module: at a random time."""

    title: str
    module: str = ""
    names: str = ""
    after: bool = False
    most: int = 1
    scene: Scene = Scene.CHANGES


_LIBRARY = "finder.core.library."
_BACKUPS = _LIBRARY + "catalogue.backups"
_RESTORE = _LIBRARY + "catalogue.restore"
_CATALOGUE = _LIBRARY + "catalogue.catalogue"
_EMBEDDINGS = _LIBRARY + "catalogue.tables.embedding_table"
_SCHEMA = _LIBRARY + "catalogue.schema"
_MATRIX = _LIBRARY + "vectors.vector_matrix"
_REPAIR = _LIBRARY + "vectors.repair"
_STAMP = _LIBRARY + "vectors.clean_stamp"
_STORE = _LIBRARY + "vectors.milvus_lite"
_SESSION = _LIBRARY + "vectors.store_session"
_ENGINE = "milvus_lite."

AT_RANDOM = Point("at a random time")

_WHILE_INDEXING = (
    Point("scanning", "finder.core.pictures.scan", "_FolderListing.read", most=3),
    Point("decoding", "finder.core.pictures.decode", "decode", most=6),
    Point("extracting", "finder.core.models.runtime.extractor", "Extractor.embed_image", True, 6),
    Point("writing thumbnails", _LIBRARY + "thumbnail_store", "_put", True, 2),
    Point("before Milvus", _STORE, "MilvusLiteStore.upsert", most=2),
    Point("between Milvus and matrix", _STORE, "MilvusLiteStore.upsert", True, 2),
    Point("inside the matrix", _MATRIX, "_write_at", True, 4),
    Point("between matrix and catalogue", _MATRIX, "MatrixFiles.write", True, 2),
    Point("before the commit", _EMBEDDINGS, "EmbeddingTable.add", True, 2),
    Point("closing", _STORE, "MilvusLiteStore.close"),
    Point("closing: engine closed", _STORE, "MilvusLiteStore._release", True),
    Point("closing: before the stamps", _SESSION, "StoreSession._put_stamps"),
    Point("closing: stamp put", _STAMP, "put_stamp", True),
)
_COMPACTION = _ENGINE + "engine.compaction"
_IN_THE_ENGINE = (
    Point("before a flush", _STORE, "MilvusLiteStore.flush", most=2),
    Point("flush: file written", _ENGINE + "storage.data_file", "write_data_file", True, 3),
    Point("flush: before the manifest", _ENGINE + "storage.manifest", "Manifest.save", most=4),
    Point("flush: after the manifest", _ENGINE + "storage.manifest", "Manifest.save", True, 4),
    Point("compaction: read", _COMPACTION, "CompactionManager._filter_deleted", True),
    Point("compaction: replaced", _COMPACTION, "CompactionManager._gc_tombstones"),
)


def _in(scene: Scene, title: str, module: str, names: str, after: bool = False) -> Point:
    return Point(title, module, names, after, scene=scene)


_REMOVING = (
    _in(Scene.REMOVALS, "removal: tombstones put", _CATALOGUE, "Catalogue.remove_pictures", True),
    _in(Scene.REMOVALS, "removal: deleted in Milvus", _STORE, "MilvusLiteStore.delete", True),
    _in(
        Scene.REMOVALS,
        "removal: before clearing tombstones",
        _EMBEDDINGS,
        "EmbeddingTable.clear_tombstones",
    ),
    _in(
        Scene.REMOVALS,
        "compaction: before the commit",
        _EMBEDDINGS,
        "EmbeddingTable.renumber",
        True,
    ),
    _in(Scene.REMOVALS, "compaction: matrix written", _REPAIR, "compact_matrix", True),
    _in(
        Scene.REMOVALS,
        "compaction: collection dropped",
        _STORE,
        "MilvusLiteStore.drop",
        True,
    ),
)
_OF_THE_CATALOGUE = (
    _in(Scene.NO_COPY, "keeping a copy", _BACKUPS, "copy_database", True),
    _in(Scene.OLD_FORMAT, "migrating: copied", _BACKUPS, "copy_database", True),
    _in(Scene.OLD_FORMAT, "migrating: columns added", _SCHEMA, "_run", True),
    _in(Scene.OLD_FORMAT, "migrating: done", _SCHEMA, "migrate", True),
    _in(Scene.RESTORE, "restore: present one kept", _RESTORE, "os.replace", True),
    _in(Scene.RESTORE, "restore: put back", _RESTORE, "_put_in_place", True),
)
_REPAIRING = (
    _in(Scene.BAD_MATRIX, "repair: matrix written", _MATRIX, "MatrixFiles.write", True),
    _in(
        Scene.BAD_MATRIX, "repair: before the commit", _EMBEDDINGS, "EmbeddingTable.renumber", True
    ),
    _in(Scene.BAD_CATALOGUE, "repair: copy at hand", _RESTORE, "_exchange"),
    _in(Scene.BAD_CATALOGUE, "repair: exchanging files", _RESTORE, "os.replace", True),
    _in(Scene.BAD_CATALOGUE_NO_COPY, "repair: salvaged", _RESTORE, "_exchange"),
    _in(Scene.BAD_CATALOGUE_NO_COPY, "repair: exchanging salvaged", _RESTORE, "os.replace", True),
)
POINTS = _WHILE_INDEXING + _IN_THE_ENGINE + _REMOVING + _OF_THE_CATALOGUE + _REPAIRING

_BRIEF = {
    "scanning",
    "decoding",
    "extracting",
    "between Milvus and matrix",
    "between matrix and catalogue",
    "before the commit",
    "closing",
    "closing: stamp put",
    "flush: file written",
    "compaction: replaced",
    "removal: deleted in Milvus",
    "keeping a copy",
    "compaction: matrix written",
    "migrating: columns added",
    "restore: put back",
    "repair: exchanging files",
    "repair: exchanging salvaged",
}
BRIEF_POINTS = tuple(point for point in POINTS if point.title in _BRIEF)
"""One for everything that a process may be about."""
