"""Which models answer a search where none was named."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import open_existing
from finder.core.library.catalogue.settings import indexing_models, load_settings
from finder.core.library.server.server_counts import embedded_counts

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home


def indexed_models(home: Home, installed: Sequence[ModelSpec]) -> list[ModelSpec]:
    """The installed models that have indexed something. Raises FinderError."""
    with closing(open_existing(home)) as catalogue:
        counts = embedded_counts(catalogue, installed)
    return [spec for spec in installed if counts.get(spec.name)]


def default_models(
    home: Home, installed: Sequence[ModelSpec], indexed: Sequence[ModelSpec]
) -> list[ModelSpec]:
    """Of the indexed models those that are switched on; if there are none, all but the baselines;
    if there are only baselines, these. Raises FinderError if nothing is indexed."""
    if not indexed:
        raise FinderError(
            tr("The library is empty."), tr("Index a folder first: image-finder index FOLDER")
        )
    with closing(open_existing(home)) as catalogue:
        models_on = load_settings(catalogue).models_on
    on = [spec for spec in indexing_models(models_on, installed) if spec in indexed]
    return on or [spec for spec in indexed if not spec.is_baseline] or list(indexed)
