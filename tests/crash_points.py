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
    OTHERS = "another machine has added and deleted pictures"
    DROPPED = "somebody has dropped the collections on the server"


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
    _in(Scene.OLD_FORMAT, "migrating: columns added", _SCHEMA, "run_script", True),
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

_SERVER = _LIBRARY + "server."
_SERVER_STORE = _SERVER + "server_store"
_PUBLISHER = _SERVER + "publisher"
_PLACES = _SERVER + "places"
_UNPUBLISHED = _LIBRARY + "catalogue.tables.unpublished_table"
_MIRROR = _SERVER + "mirror"
_BATCHES = _LIBRARY + "batch_storage"
_PYMILVUS = "pymilvus.milvus_client.milvus_client"
_STORING_ON_A_SERVER = (
    Point("server: before the vectors", _SERVER_STORE, "ServerStore.upsert", most=2),
    Point("server: vectors stored", _SERVER_STORE, "ServerStore.upsert", True, 2),
    Point("server: between matrix and catalogue", _MATRIX, "MatrixFiles.write", True, 2),
    Point("server: before the commit", _EMBEDDINGS, "EmbeddingTable.add", True, 2),
    Point("publish: sequence taken", _PUBLISHER, "Publisher._next_sequence", True, 2),
    Point("publish: before the places", _PLACES, "Places.put", most=2),
    Point("publish: places stored", _PLACES, "Places.put", True, 2),
    Point("publish: before the marks", _UNPUBLISHED, "UnpublishedTable.remove", most=2),
    Point("publish: machine noted", _SERVER + "machines", "SharedState.put_machine", True, 2),
)
_REMOVING_ON_A_SERVER = (
    _in(Scene.REMOVALS, "server: tombstones put", _CATALOGUE, "Catalogue.remove_pictures", True),
    _in(Scene.REMOVALS, "server: before deleting", _SERVER_STORE, "ServerStore._delete_unplaced"),
    _in(Scene.REMOVALS, "server: deleted", _SERVER_STORE, "ServerStore.delete_everywhere", True),
    _in(
        Scene.REMOVALS,
        "server: before clearing tombstones",
        _EMBEDDINGS,
        "EmbeddingTable.clear_tombstones",
    ),
    _in(Scene.REMOVALS, "server: compacted", _SESSION, "StoreSession.compact", True),
)
_FOLLOWING = (
    _in(Scene.OTHERS, "pull: places taken", _MIRROR, "Mirror._take", True),
    _in(Scene.OTHERS, "pull: before the vectors", _MIRROR, "Mirror._copy_vectors"),
    _in(Scene.OTHERS, "pull: in the matrix", _MATRIX, "MatrixFiles.write", True),
    _in(Scene.OTHERS, "pull: vectors stored", _BATCHES, "BatchStorage.add_vectors", True),
)
_MAKING_AGAIN = (
    _in(Scene.DROPPED, "collection: without an index", _PYMILVUS, "MilvusClient.create_index"),
    _in(Scene.DROPPED, "collection: made", _SERVER_STORE, "create_model", True),
    _in(Scene.DROPPED, "collection: places made", _PLACES, "create_places", True),
)
SERVER_POINTS = _STORING_ON_A_SERVER + _REMOVING_ON_A_SERVER + _FOLLOWING + _MAKING_AGAIN
"""For a library on a server."""
_BRIEF_ON_A_SERVER = {
    "server: before the vectors",
    "server: vectors stored",
    "server: before the commit",
    "publish: before the places",
    "publish: before the marks",
    "server: before deleting",
    "server: deleted",
    "server: before clearing tombstones",
    "pull: places taken",
    "pull: vectors stored",
    "collection: without an index",
    "collection: places made",
}
BRIEF_SERVER_POINTS = tuple(p for p in SERVER_POINTS if p.title in _BRIEF_ON_A_SERVER)

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
