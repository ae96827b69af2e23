"""The errors of opening and running a session, as sentences. Does not import ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec


class ProviderFailed(Exception):
    """A provider other than the CPU cannot load the model, or is not the requested one."""


def cannot_load(spec: ModelSpec, why: str) -> FinderError:
    return FinderError(
        tr("The model {title} cannot be loaded: {why}.").format(title=spec.title, why=why),
        tr("Install it again, or switch it off."),
    )


def wrong_dimension(spec: ModelSpec, length: int) -> FinderError:
    why = tr("its dimension is {have} instead of {wanted}")
    return cannot_load(spec, why.format(have=length, wanted=spec.dimension))


def failed_on_words(spec: ModelSpec, why: str) -> FinderError:
    return FinderError(
        tr("{title} failed on these words: {why}.").format(title=spec.title, why=why),
        tr("Use other words, or another model."),
    )
