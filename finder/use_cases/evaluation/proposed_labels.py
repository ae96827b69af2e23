"""Labels that a trained model proposes for pictures of the library, from its stored vectors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import open_existing

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home


@dataclass(frozen=True)
class ProposedLabel:
    """confidence: how sure the model is among the labels that it has learned, 0 … 1."""

    path: str
    label: str
    confidence: float


def propose_labels(
    home: Home, spec: ModelSpec, folders: Sequence[str] = (), least: float = 0.0
) -> list[ProposedLabel]:
    """For the files below these folders, or all of the library, whose pictures the model has
    embedded; by path, without those below the least confidence. Raises FinderError if the model
    has learned no labels, or has embedded none of them."""
    from finder.core.models.label_head import load_head
    from finder.use_cases.search.stored_vectors import stored_vectors

    head = load_head(spec)
    paths: dict[str, int] = {}
    with closing(open_existing(home)) as catalogue:
        for folder in folders or catalogue.folders.paths():
            for file in catalogue.files.below(folder):
                if file.picture is not None:
                    paths[file.path] = file.picture
    pictures = np.array(sorted(set(paths.values())), np.int64)
    known, (vectors,) = stored_vectors(home, [spec], pictures)
    if not known.any():
        raise FinderError(
            tr("{title} has embedded none of these pictures.").format(title=spec.title),
            tr("Index them first: image-finder index --model {name}.").format(name=spec.name),
        )
    labels, confidences = head.propose(vectors)
    row_of = {picture: row for row, picture in enumerate(pictures[known].tolist())}
    rows = [(path, row_of[picture]) for path, picture in sorted(paths.items()) if picture in row_of]
    return [
        ProposedLabel(path, head.names[labels[row]], float(confidences[row]))
        for path, row in rows
        if confidences[row] >= least
    ]
