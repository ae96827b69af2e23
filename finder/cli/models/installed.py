"""The installed models, for commands that need some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.cli.output.output import say
from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home


def installed_models(home: Home) -> list[ModelSpec]:
    """Those that can be used; for the others, the reason is printed on stderr. Raises FinderError
    if there is none."""
    from finder.core.models.registry import list_models

    specs, broken = list_models(home.model_dirs())
    for model in broken:
        say(model.sentence)
    if not specs:
        raise FinderError(tr("No model is installed."), tr("Install Image Finder again."))
    return specs


def installed_model(home: Home, name: str) -> ModelSpec:
    """The model of this name. Raises FinderError."""
    from finder.core.models.registry import pick_models

    (spec,) = pick_models(installed_models(home), [name])
    return spec
