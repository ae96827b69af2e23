"""What the program is built with: versions, licences, and their texts."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from finder.core.paths import Home, resources_dir, shipped_models_dir

PROGRAM: Final = "image-finder"
_LONGEST = 80  # characters of a licence's name; what is longer is the licence itself
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Part:
    """A library or a model."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True)
class Licences:
    """libraries: that the program needs; models: all that are installed. own: the program's
    licence; notices: of the models, pictures and icons that ship with it. A text that is not
    there is empty."""

    libraries: tuple[Part, ...]
    models: tuple[Part, ...]
    own: str
    notices: str


def licences(home: Home) -> Licences:
    from finder.core.models.registry import list_models

    specs, _ = list_models(home.model_dirs())
    notices = (
        shipped_models_dir() / "NOTICE.md",
        resources_dir() / "samples" / "CREDITS.md",
        resources_dir() / "icons" / "lucide" / "LICENSE",
    )
    return Licences(
        tuple(_libraries()),
        tuple(Part(spec.title, spec.version, spec.licence) for spec in specs),
        _own_licence(),
        "\n\n\n".join(text for text in map(_text, notices) if text),
    )


def _libraries() -> list[Part]:
    """Python, the required packages that are installed, and the icons."""
    parts = [Part("Python", platform.python_version(), "PSF-2.0")]
    own = _find(PROGRAM)
    for requirement in (own.requires if own else None) or ():
        match = _REQUIREMENT.match(requirement)
        found = _find(match.group()) if match and "extra ==" not in requirement else None
        if found is not None:
            name = found.metadata["Name"].replace("_", "-")
            parts.append(Part(name, found.version, _licence(found)))
    icons = Part("Lucide", "", "ISC")
    return [*sorted(parts, key=lambda part: part.name.casefold()), icons]


def _licence(package: Distribution) -> str:
    """Its name as the package states it: by an expression, a field, or a classifier."""
    metadata = package.metadata
    for field in ("License-Expression", "License"):
        name = (metadata[field] or "").strip() if field in metadata else ""
        if name and len(name) <= _LONGEST and "\n" not in name:
            return name
    classifiers = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    return classifiers[0].rpartition("::")[2].strip() if classifiers else ""


def _own_licence() -> str:
    """Beside the package's metadata where it is installed, else in the checkout."""
    own = _find(PROGRAM)
    installed = own.read_text("licenses/LICENSE") if own else None
    return installed or _text(Path(__file__).resolve().parents[2] / "LICENSE")


def _find(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
