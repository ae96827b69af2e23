"""Which models are installed, and picking some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.manifest import load_spec
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.suggestions import did_you_mean


@dataclass(frozen=True)
class BrokenModel:
    """A model folder that cannot be used, and why."""

    folder: Path
    sentence: str


def list_models(dirs: Iterable[Path]) -> tuple[list[ModelSpec], list[BrokenModel]]:
    """All models in the given folders of model folders: the default first, then by name, the
    baselines last.

    Of two with the same name the first counts. Hidden folders are ignored.
    """
    found: dict[str, ModelSpec] = {}
    broken: list[BrokenModel] = []
    for parent in dirs:
        for manifest in sorted(parent.glob("[!.]*/model.toml")):
            try:
                spec = load_spec(manifest.parent)
            except FinderError as error:
                broken.append(BrokenModel(manifest.parent, str(error)))
                continue
            found.setdefault(spec.name, spec)
    return sorted(found.values(), key=_order), broken


def _order(spec: ModelSpec) -> tuple[bool, bool, str]:
    return spec.name != DEFAULT_MODEL, spec.is_baseline, spec.name


def pick_models(specs: Iterable[ModelSpec], names: Iterable[str]) -> list[ModelSpec]:
    """The named models, in the order of the names. Raises FinderError for an unknown name."""
    by_name = {spec.name: spec for spec in specs}
    chosen = []
    for name in dict.fromkeys(names):
        if name not in by_name:
            raise FinderError(
                tr("There is no model called “{name}”.").format(name=name),
                did_you_mean(name, by_name)
                or tr("Choose one of these: {names}.").format(names=", ".join(by_name)),
            )
        chosen.append(by_name[name])
    return chosen


def still_installed(specs: Iterable[ModelSpec]) -> list[ModelSpec]:
    """Those whose files have not been removed since the models were listed."""
    return [spec for spec in specs if spec.file.is_file()]


def require_installed(specs: Sequence[ModelSpec]) -> list[ModelSpec]:
    """As `still_installed`. Raises FinderError where none is left."""
    left = still_installed(specs)
    if specs and not left:
        raise _not_installed(specs)
    return left


def require_all_installed(specs: Sequence[ModelSpec]) -> None:
    """Raises FinderError where the files of one have been removed since the models were listed."""
    left = still_installed(specs)
    if len(left) < len(specs):
        raise _not_installed([spec for spec in specs if spec not in left])


def _not_installed(specs: Sequence[ModelSpec]) -> FinderError:
    titles = ", ".join(spec.title for spec in specs)
    return FinderError(
        tr("Not installed any more: {titles}.").format(titles=titles),
        tr("Add it again, or use another model."),
    )
