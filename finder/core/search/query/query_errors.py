"""What the user is told about a query picture that cannot be used."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, ModelFailedError, SkippedPicture
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.search.query.query import QueryItem


def gone(label: str) -> FinderError:
    """For a picture of this name, of which no file exists any more."""
    return FinderError(
        tr("The file of “{name}” is gone.").format(name=os.path.basename(label)),
        tr("Search for the whole picture, with models that have indexed it."),
    )


def no_stored_vector(item: QueryItem, spec: ModelSpec) -> ModelFailedError:
    """For a model that would need the file."""
    name = os.path.basename(item.label)
    if item.transform.is_identity:
        text = tr("{title} has not indexed “{name}”, and its file is gone.")
    else:
        text = tr("The file of “{name}” is gone, so {title} cannot see it cropped or turned.")
    return ModelFailedError(
        text.format(title=spec.title, name=name),
        tr("Search for the whole picture, with models that have indexed it."),
    )


def cannot_use(label: str, skip: SkippedPicture) -> FinderError:
    """For a picture of this name that cannot be read or decoded."""
    return FinderError(
        tr("“{name}” cannot be used: {why}").format(
            name=os.path.basename(label), why=skip.reason.sentence()
        ),
        tr("Try another picture."),
    )
