"""Converts a source into a model whose features are verified against the framework's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from finder.convert.export import export
from finder.convert.parity import TOLERANCE, Parity, compare, parity_pictures, reference_features
from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import write_model
from finder.core.models.runtime.extractor import Extractor
from finder.core.temporary_folders import TemporaryFolder

if TYPE_CHECKING:
    from finder.convert.source import Source
    from finder.core.models.spec import ModelSpec


@dataclass(frozen=True)
class Converted:
    """An ONNX file and the record for its model.toml; the record's file and sha256 are not set."""

    spec: ModelSpec
    content: bytes
    parity: Parity


def convert(source: Source) -> Converted:
    """Export the network and compare it with its framework; no file is left on the disk.

    Raises FinderError if it cannot be exported, or its features differ from the framework's.
    """
    images = parity_pictures()
    expected = reference_features(source, images)
    if not np.isfinite(expected).all():
        raise FinderError(
            tr("The network's output contains numbers that are not finite."),
            tr("Its weights are damaged, or it expects different preprocessing."),
        )
    spec = replace(source.spec, dimension=expected.shape[1])
    content = export(source.network, spec.input.height, spec.input.width)
    with TemporaryFolder() as folder:
        write_model(folder, spec, content)
        try:
            parity = compare(Extractor(load_spec(folder)), images, expected)
        except SkippedPicture as error:
            raise FinderError(
                tr("The network's output for a picture is all zeros."),
                tr("Its weights do not fit, or it expects different preprocessing."),
            ) from error
    if not parity.is_within_tolerance:
        raise FinderError(
            tr(
                "The converted model does not match its framework: its features differ by "
                "{raw:.1e} of their scale, its vectors by {unit:.1e}; the limit is "
                "{limit:.0e}."
            ).format(raw=parity.raw, unit=parity.unit, limit=TOLERANCE),
            tr("Nothing was written."),
        )
    return Converted(spec, content, parity)
