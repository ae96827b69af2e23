"""The user's settings, stored in the catalogue so that they move with the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import inf
from typing import TYPE_CHECKING, Any

from finder.core.errors import Reason
from finder.core.limits import MAX_MEGAPIXELS, MAX_PIXELS, MEGA
from finder.core.models.runtime.provider_names import AUTO

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.models.spec import ModelSpec

_KEY, _WEIGHTS = "settings", "combined weights"


@dataclass(frozen=True)
class Settings:
    """models_on: names of the models that index; None = all but the baselines. models_shown:
    those searched side by side; None = all that have indexed something. geometry: the window's
    position as Qt saved it, base64. watch: the open window follows changes in the folders.
    max_megapixels: larger pictures are skipped undecoded, 1 to 2,000. provider: what computes the
    models; "auto" is what is fastest on this computer. theme: "system", "light" or "dark".
    results_view: "compare" or "best". columns_order, columns_hidden: names of models, where they
    are compared; scroll_together: their columns as one. fold_near_duplicates: each behind a match
    that it resembles; hide_query: the query's own picture is not listed. look_twice: the
    best candidates are ranked again by their own neighbours. shows_names: a card always
    has its name on it, not only under the pointer. thumbnail_memory: how much of them is kept,
    "small", "normal" or "large". library_order: a `listing.Order`. text_in_pictures: indexing also
    reads the text in pictures."""

    models_on: tuple[str, ...] | None = None
    models_shown: tuple[str, ...] | None = None
    top: int = 50
    metric: str = "euclidean"
    thumb_size: int = 128
    geometry: str = ""
    splitter: str = ""
    watch: bool = True
    max_megapixels: int = MAX_PIXELS // MEGA
    provider: str = AUTO
    theme: str = "system"
    results_view: str = "compare"
    columns_order: tuple[str, ...] = ()
    columns_hidden: tuple[str, ...] = ()
    scroll_together: bool = True
    fold_near_duplicates: bool = True
    hide_query: bool = False
    look_twice: bool = True
    shows_names: bool = False
    thumbnail_memory: str = "normal"
    library_order: str = "newest"
    text_in_pictures: bool = False

    @property
    def max_pixels(self) -> int:
        return self.max_megapixels * MEGA


def load_settings(catalogue: Catalogue) -> Settings:
    """The stored settings; what is missing or has the wrong type gets its default."""
    kept = catalogue.settings.get(_KEY, {})
    defaults = Settings()
    values: dict[str, Any] = {}
    for field in fields(Settings):
        value = kept.get(field.name) if isinstance(kept, dict) else None
        if isinstance(value, list):
            value = tuple(str(item) for item in value)
        default = getattr(defaults, field.name)
        if type(value) is (tuple if default is None else type(default)):
            values[field.name] = value
    if not 1 <= values.get("max_megapixels", 1) <= MAX_MEGAPIXELS:
        del values["max_megapixels"]
    return Settings(**values)


def save_settings(catalogue: Catalogue, settings: Settings) -> None:
    with catalogue.transaction():
        catalogue.settings.put(_KEY, asdict(settings))


def put_settings(catalogue: Catalogue, **changes: Any) -> None:
    """Store these and keep the others as they are. Does not commit."""
    before = load_settings(catalogue)
    after = replace(before, **changes)
    if after != before:
        catalogue.settings.put(_KEY, asdict(after))


def load_weights(catalogue: Catalogue) -> dict[str, float]:
    """The weight of each model in the combined ranking, by its name, ≥ 0. Those that are missing
    have 1."""
    kept = catalogue.settings.get(_WEIGHTS, {})
    weights = kept.items() if isinstance(kept, dict) else ()
    return {
        name: float(weight)
        for name, weight in weights
        if type(weight) in (int, float) and 0 <= weight < inf
    }


def save_weights(catalogue: Catalogue, weights: Mapping[str, float]) -> None:
    """Empty: all models have the same weight."""
    with catalogue.transaction():
        catalogue.settings.put(_WEIGHTS, dict(weights))


def forget_choice(catalogue: Catalogue, model: str) -> None:
    """Take a removed model out of the settings; if it was the only one, the default models are used
    again. Does not commit."""
    weights = load_weights(catalogue)
    if weights.pop(model, None) is not None:
        catalogue.settings.put(_WEIGHTS, weights)
    kept = load_settings(catalogue)
    on, shown = (
        names and (tuple(name for name in names if name != model) or None)
        for names in (kept.models_on, kept.models_shown)
    )
    without = replace(kept, models_on=on, models_shown=shown)
    if without != kept:
        catalogue.settings.put(_KEY, asdict(without))


def switch_off(catalogue: Catalogue, model: str, installed: Sequence[ModelSpec]) -> None:
    """The model indexes no new pictures any more. Does not commit."""
    kept = load_settings(catalogue)
    names = without_model(kept.models_on, model, installed)
    if names != kept.models_on:
        catalogue.settings.put(_KEY, asdict(replace(kept, models_on=names)))


def without_model(
    models_on: tuple[str, ...] | None, model: str, installed: Sequence[ModelSpec]
) -> tuple[str, ...] | None:
    """The names of the models that are on, without this one. One must be on: if it was the only
    one, the first of the others."""
    on = [spec.name for spec in indexing_models(models_on, installed)]
    defaults = [spec.name for spec in indexing_models(None, installed) if spec.name != model]
    others = [name for name in on if name != model] or defaults[:1]
    return tuple(others) if model in on and others else models_on


def keep_max_megapixels(catalogue: Catalogue, megapixels: int) -> None:
    """Set another limit. What was too large for the old one is tried again by the next run."""
    settings = load_settings(catalogue)
    if megapixels == settings.max_megapixels:
        return
    save_settings(catalogue, replace(settings, max_megapixels=megapixels))
    skipped = catalogue.files.skipped()
    with catalogue.transaction():
        catalogue.files.remove(f.path for f in skipped if f.reason is Reason.TOO_MANY_PIXELS)


def indexing_models(
    models_on: Sequence[str] | None, installed: Sequence[ModelSpec]
) -> list[ModelSpec]:
    """The installed models that are switched on. None, or no installed name: all but the
    baselines."""
    defaults = [spec for spec in installed if not spec.is_baseline]
    chosen = [spec for spec in installed if spec.name in (models_on or ())]
    return chosen or defaults
