"""Models that can be installed: `models/catalogue.toml`, which ships with the program.

An offer has everything that the model's `model.toml` will have, the addresses of its files, and
which value of the picture tower becomes the embedding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.downloads.offered_files import (
    TextFiles,
    offered_file,
    offered_text,
    total_size,
)
from finder.core.models.manifest import check_format, read_manifest
from finder.core.paths import shipped_models_dir
from finder.core.small_files import read_toml
from finder.core.suggestions import did_you_mean

if TYPE_CHECKING:
    import onnx

    from finder.core.models.graph.truncation import Feature
    from finder.core.models.spec import ModelSpec
    from finder.core.web.remote_file import RemoteFile

FORMAT = 1


@dataclass(frozen=True)
class Offer:
    """file: what is downloaded. spec: the model as it will be installed, but with the output of the
    downloaded file. tensor: the feature's name in it; if empty, the feature is the first input of
    the last `operator`. pooling: as in `truncation.Feature`. text: the files of a model that also
    understands words."""

    spec: ModelSpec
    file: RemoteFile
    tensor: str
    operator: str
    pooling: str
    text: TextFiles | None = None

    @property
    def text_files(self) -> tuple[RemoteFile, ...]:
        """What its text tower needs."""
        if self.text is None:
            return ()
        return (self.text.tower or self.file, self.text.tokenizer)

    @property
    def files(self) -> tuple[RemoteFile, ...]:
        """All that it needs, each once."""
        return tuple(dict.fromkeys((self.file, *self.text_files)))

    @property
    def size(self) -> int:
        """Bytes of all its files, at most."""
        return total_size(self.files)

    def adds_words_to(self, installed: ModelSpec) -> bool:
        """Whether the installed model is this one, without its text tower: from a time when it had
        none, so that adding it needs no re-indexing."""
        is_same = all(
            getattr(installed, name) == getattr(self.spec, name)
            for name in ("name", "version", "source", "dimension", "input")
        )
        return is_same and self.text is not None and installed.text is None

    def feature(self, graph: onnx.GraphProto) -> Feature:
        """The feature in the file's graph. Raises FinderError if it is not there."""
        from finder.core.models.graph.truncation import Feature

        produced = {name for node in graph.node for name in node.output}
        tensor = self.tensor
        if not tensor:
            last = [node for node in graph.node if node.op_type == self.operator][-1:]
            tensor = next((node.input[0] for node in last), "")
        if tensor not in produced or self.spec.output not in {value.name for value in graph.output}:
            raise self.mismatch()
        return Feature(tensor, self.pooling)

    def mismatch(self) -> FinderError:
        """The error for a file with the right SHA-256 but another structure than the catalogue
        describes."""
        return FinderError(
            tr(
                "The file of {title} does not have the structure that the catalogue describes."
            ).format(title=self.spec.title),
            tr("Update this program, or import the file as a model of your own."),
        )


def catalogue_file() -> Path:
    return shipped_models_dir() / "catalogue.toml"


def read_offers(path: Path) -> list[Offer]:
    """The catalogue's offers, in its order. Raises FinderError naming the first fault."""
    entry: dict[str, Any] = {}
    try:
        table = read_toml(path)
        check_format(table["format"], FORMAT)
        offers = []
        for entry in table["model"]:
            offers.append(_offer(entry))
        return offers
    except OSError as error:
        raise _broken(str(error)) from error
    except KeyError as error:
        raise _broken(tr("{key} is missing").format(key=error), entry) from error
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _broken(str(error), entry) from error


def find_offer(offers: Iterable[Offer], name: str) -> Offer:
    """Raises FinderError for a name that is not offered."""
    by_name = {offer.spec.name: offer for offer in offers}
    if name not in by_name:
        raise FinderError(
            tr("The catalogue has no model called “{name}”.").format(name=name),
            did_you_mean(name, by_name)
            or tr("Choose one of these: {names}.").format(names=", ".join(by_name)),
        )
    return by_name[name]


def _broken(why: str, entry: Any = None) -> FinderError:
    name = entry.get("name") if isinstance(entry, dict) else None
    if name:
        why = f"{name}: {why}"
    return FinderError(
        tr("The catalogue of models cannot be read: {why}.").format(why=why),
        tr("Install Image Finder again."),
    )


def _offer(entry: dict[str, Any]) -> Offer:
    feature = entry["feature"]
    file = offered_file(entry["file"], str(entry["title"]))
    manifest = {**entry, "format": 1, "file": {"name": "model.onnx", "sha256": file.sha256}}
    del manifest["feature"]  # the catalogue's own
    text = None
    if "text" in entry:
        text, manifest["text"] = offered_text(entry["text"], file)
    if ("tensor" in feature) == ("input_of_last" in feature):
        raise ValueError(tr("its feature needs either tensor or input_of_last"))
    return Offer(
        spec=read_manifest(manifest, Path()),
        file=file,
        tensor=str(feature.get("tensor", "")),
        operator=str(feature.get("input_of_last", "")),
        pooling=str(feature["pooling"]),
        text=text,
    )
