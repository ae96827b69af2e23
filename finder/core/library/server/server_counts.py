"""How many vectors each model has on the server, for a machine that keeps no copy of them: as they
were when it last asked, so that an overview needs no server."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from finder.core.library.server.server_errors import ServerError, ServerUnavailable
from finder.core.library.server.server_names import model_part
from finder.core.models.crops import without_crops

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.server.server_store import ServerStore
    from finder.core.models.spec import ModelSpec

log = logging.getLogger(__name__)

_VECTORS = "server: vectors"


def note_counts(catalogue: Catalogue, store: ServerStore) -> None:
    """Ask the server, and keep the numbers; those of before where it cannot count them, as where it
    has no room to load a model that nobody here has. The store is closed then. Raises FinderError
    where it is away."""
    try:
        counts = store.counts()
    except ServerUnavailable:
        raise
    except ServerError as failure:
        log.warning("the vectors on the server are not counted: %s", failure.sentence)
        return
    with catalogue.transaction():
        catalogue.settings.put(_VECTORS, counts)


def forget_counts(catalogue: Catalogue) -> None:
    """Call when the catalogue has all that is on the server. Does not commit."""
    catalogue.settings.remove(_VECTORS)


def embedded_counts(catalogue: Catalogue, specs: Iterable[ModelSpec]) -> dict[str, int]:
    """How many pictures each model has embedded, by its name: here, or on the server; crops do not
    count. specs: the installed models."""
    counts = without_crops(catalogue.embeddings.counts())
    kept = catalogue.settings.get(_VECTORS, {})
    if isinstance(kept, Mapping):
        for spec in specs:
            number = kept.get(model_part(spec.name, spec.version, spec.sha256), 0)
            if number > counts.get(spec.name, 0):
                counts[spec.name] = int(number)
    return counts
