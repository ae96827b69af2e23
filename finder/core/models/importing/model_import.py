"""Making a model folder from an inspected model file and the user's choices."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.descriptions import IMPORTED
from finder.core.models.graph.truncation import OUTPUT, Feature, truncate
from finder.core.models.importing.inspection import ImageInput, Inspection, display_name
from finder.core.models.importing.model_reader import read_model
from finder.core.models.model_folders import require_name_free, write_model
from finder.core.models.presets import Preset, fitting_presets
from finder.core.models.spec import NAME, ModelSpec

if TYPE_CHECKING:
    from finder.core.models.importing.recognition import KnownModel
    from finder.core.models.importing.text_inspection import TextChoice
    from finder.core.paths import Home

UNKNOWN_LICENCE: Final = "unknown"
_LONGEST_NAME = 56
"""Of the 64 characters that a name may have; the rest makes it unique."""


@dataclass(frozen=True)
class ImportChoice:
    """The user's choices for a model file. preset: a name in `PRESETS`, or `KNOWN` for the known
    model's own; name: the new model's; known: the model that the file was recognised as."""

    file: Path
    image: ImageInput
    feature: Feature
    preset: str
    name: str
    known: KnownModel | None = None
    text: TextChoice | None = None

    @property
    def preprocessing(self) -> Preset:
        own = self.known.preset if self.known else None
        return fitting_presets(self.image.dtype, own)[self.preset]


def proposal(home: Home, inspection: Inspection) -> ImportChoice:
    """The proposed choices. Raises FinderError if no feature was found: then the user must name
    one."""
    if not inspection.candidates:
        raise FinderError(
            tr(
                "No feature was found in {file}: no layer that the whole picture passes "
                "through gives {least} to {most} numbers."
            ).format(file=inspection.file.name, least=8, most=32_768),
            tr("Choose a node of the graph as the feature."),
        )
    feature = inspection.candidates[0].feature
    name = free_name(home, inspection.file, inspection.known)
    return ImportChoice(
        inspection.file, inspection.image, feature, inspection.preset, name, inspection.known
    )


def free_name(home: Home, file: Path, known: KnownModel | None = None) -> str:
    """The known model's name, else one made of the file's; with a number if it is taken."""
    return free_name_like(home, known.name if known else display_name(file))


def free_name_like(home: Home, text: str, other: str = "model") -> str:
    """A model's name made of the text, with a number if it is taken. other: where the text has
    nothing that a name may have."""
    name = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")[:_LONGEST_NAME] or other
    taken = {
        path.name for folder in home.model_dirs() if folder.is_dir() for path in folder.iterdir()
    }
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def make_model(choice: ImportChoice, folder: Path) -> bool:
    """Truncate the model and write it with its `model.toml` into an empty folder. Returns whether
    it takes several pictures at a time.

    The model is run. Raises FinderError if it cannot be truncated so, OSError if the folder
    cannot be written.
    """
    image, known = choice.image, choice.known
    truncated = truncate(read_model(choice.file), choice.feature, (image.height, image.width))
    spec = ModelSpec(
        name=choice.name,
        version=version_of(choice),
        title=_printable(display_name(choice.file)) or choice.name,
        description=_printable(
            IMPORTED.format(
                file=choice.file.name, pooling=choice.feature.pooling, tensor=choice.feature.tensor
            )
        ),
        dimension=truncated.dimension,
        licence=known.licence if known else UNKNOWN_LICENCE,
        source=known.source if known else _printable(choice.file.name),
        file=folder,
        sha256="",
        input=choice.preprocessing.input_spec(
            truncated.input, image.layout, image.dtype, image.height, image.width
        ),
        output=OUTPUT,
    )
    write_model(folder, renamed(spec, choice.name, known), truncated.content)
    return truncated.has_dynamic_batch


def _printable(text: str) -> str:
    """A name from an untrusted file as model.toml can hold it: without control characters and
    surrogates."""
    return "".join(c if c.isprintable() else "?" for c in text).strip()


def renamed(spec: ModelSpec, name: str, known: KnownModel | None = None) -> ModelSpec:
    """The same model under another name; its title stays if it differs from the name in case only,
    so that no two models of a library have the same one. A known model keeps its title, followed by
    the name if that is another one."""
    if known:
        title = known.title if name == known.name else f"{known.title} ({name})"
        return replace(spec, name=name, title=title)
    return replace(spec, name=name, title=spec.title if spec.title.lower() == name else name)


def recognition_sentence(home: Home, known: KnownModel) -> str:
    """Which model the file is, as a sentence for the user."""
    if any((folder / known.name).is_dir() for folder in home.model_dirs()):
        return tr("This is {title}, which is installed already.").format(title=known.title)
    return tr("This is {title}.").format(title=known.title)


def version_of(choice: ImportChoice) -> str:
    """It changes with everything that changes the embeddings of the same file."""
    feature, preset = choice.feature, choice.preprocessing
    # Spelled out rather than a repr: if the text changed, so would the versions.
    text = (
        f"(Feature(tensor={feature.tensor!r}, take={feature.pooling!r}), "
        f"Preset(says='', mean={preset.mean!r}, std={preset.std!r}, colour={preset.colour!r}, "
        f"resize={preset.resize!r}, keep={preset.keep!r}, resample={preset.resample!r}), "
        f"{choice.image.height!r}, {choice.image.width!r})"
    )
    return "1-" + hashlib.sha256(text.encode()).hexdigest()[:8]


def require_name(home: Home, name: str) -> None:
    """Raises FinderError for a name that is invalid or taken."""
    if not NAME.fullmatch(name):
        raise FinderError(
            tr("“{name}” is not a valid model name.").format(name=name),
            tr(
                "Use only a-z, 0-9, “.”, “_” and “-”, at most 64 of them, and begin with a "
                "letter or digit."
            ),
        )
    require_name_free(home, name)


def require_preset(name: str, image: ImageInput) -> None:
    """Raises FinderError for one that does not exist or does not fit the input."""
    fitting = fitting_presets(image.dtype)
    if name not in fitting:
        raise FinderError(
            tr("There is no preprocessing called “{name}” for this model.").format(name=name),
            tr("Choose one of these: {names}.").format(names=", ".join(fitting)),
        )
