"""Whether the installed milvus-lite is the one that the lean classes were tested with.

These (`lean_engine`) replace names inside it, mostly by assignment: with another version that would
raise no error and do something else. So all that they depend on is compared, including the source
files.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from operator import attrgetter
from pathlib import Path
from typing import Final

TESTED_VERSION: Final = "3.2.2"
_SOURCES_DIGEST: Final = "7da0c81eb3123e16b7b3c81c232ba7874ae96c64f7dc8df6cd9275b82e59ef8d"
_MODULES: Final = (
    *("db", "exceptions", "engine.collection", "engine.compaction", "engine.flush"),
    *("engine.recovery", "schema.arrow_builder", "schema.validation", "storage.data_file"),
    *("storage.memtable", "storage.segment", "storage.wal"),
)
"""The modules whose names are replaced, extended or used."""
_NAMES: Final = {
    "engine.collection": ("Segment", "MemTable", "CompactionManager", "validate_record"),
    "engine.compaction": ("CompactionManager._select_target",),
    "engine.recovery": ("MemTable",),
    "exceptions": ("SchemaValidationError",),
    "schema.arrow_builder": ("get_vector_field",),
    "storage.data_file": ("pq.read_table", "pq.write_table"),
    "storage.memtable": ("MemTable._build_data_table",),
    "storage.segment": ("Segment.load", "Segment.release_index"),
}
_PARAMETERS: Final = {
    "engine.collection:validate_record": "record schema default_properties",
    "engine.compaction:CompactionManager._select_target": "buckets total_files partition_dir",
    "storage.memtable:MemTable._build_data_table": "self rows",
    "storage.segment:Segment.load": "file_path partition pk_field vector_field",
    "storage.segment:Segment.release_index": "self field_name",
}


@cache
def differences() -> tuple[str, ...]:
    """What differs from the tested version, for the log; empty if nothing does.

    Takes a few milliseconds, once: the replaced names must not be compared.
    """
    return tuple(_differences())


def installed_version() -> str:
    """ "0" where milvus-lite is not installed."""
    try:
        return metadata.version("milvus-lite")
    except metadata.PackageNotFoundError:
        return "0"


def _differences() -> Iterator[str]:
    version = installed_version()
    if version != TESTED_VERSION:
        yield f"its version is {version}, {TESTED_VERSION} was tested"
    try:
        if _sources_digest() != _SOURCES_DIGEST:
            yield "its source files are not those that were tested"
    except (ImportError, OSError, TypeError) as error:
        yield f"its source files cannot be read ({error})"
    for module, names in _NAMES.items():
        for name in names:
            if not _exists(module, name):
                yield f"{module}.{name} is not there"
    for path, tested in _PARAMETERS.items():
        module, name = path.split(":")
        if _exists(module, name) and _parameters(module, name) != tested:
            yield f"{module}.{name} takes other arguments"


def _sources_digest() -> str:
    """SHA-256 over the source files of `_MODULES`."""
    digest = hashlib.sha256()
    for module in _MODULES:
        file = importlib.import_module(f"milvus_lite.{module}").__file__
        digest.update(Path(str(file)).read_bytes())
    return digest.hexdigest()


def _exists(module: str, name: str) -> bool:
    try:
        attrgetter(name)(importlib.import_module(f"milvus_lite.{module}"))
    except (ImportError, AttributeError):
        return False
    return True


def _parameters(module: str, name: str) -> str:
    function = attrgetter(name)(importlib.import_module(f"milvus_lite.{module}"))
    try:
        return " ".join(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ""
