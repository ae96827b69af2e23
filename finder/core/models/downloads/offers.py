"""Models that can be installed: `models/catalogue.toml`, which ships with the program.

An offer has everything that the model's `model.toml` will have, the addresses of its file, and
which of that file's values becomes the embedding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.models.manifest import check_format, read_manifest
from finder.core.paths import shipped_models_dir
from finder.core.small_files import read_toml
from finder.core.suggestions import did_you_mean
from finder.core.web.remote_file import RemoteFile

if TYPE_CHECKING:
    import onnx

    from finder.core.models.graph.truncation import Feature
    from finder.core.models.spec import ModelSpec

FORMAT = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Offer:
    """file: what is downloaded. spec: the model as it will be installed, but with the output of the
    downloaded file. tensor: the feature's name in it; if empty, the feature is the first input of
    the last `operator`. pooling: as in `truncation.Feature`."""

    spec: ModelSpec
    file: RemoteFile
    tensor: str
    operator: str
    pooling: str

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
    file, feature = entry["file"], entry["feature"]
    sha256 = str(file["sha256"])
    if not _SHA256.fullmatch(sha256):
        raise ValueError(tr("sha256 must be 64 hexadecimal digits"))
    manifest = {**entry, "format": 1, "file": {"name": "model.onnx", "sha256": sha256}}
    del manifest["feature"]  # the catalogue's own
    spec = read_manifest(manifest, Path())
    size = _bytes(file, "bytes") if "bytes" in file else None
    remote = RemoteFile(spec.title, _urls(file), sha256, size, size or _bytes(file, "at_most"))
    if ("tensor" in feature) == ("input_of_last" in feature):
        raise ValueError(tr("its feature needs either tensor or input_of_last"))
    return Offer(
        spec=spec,
        file=remote,
        tensor=str(feature.get("tensor", "")),
        operator=str(feature.get("input_of_last", "")),
        pooling=str(feature["pooling"]),
    )


def _bytes(table: dict[str, Any], key: str) -> int:
    value = table[key]
    if type(value) is not int or not 1 <= value <= MAX_BYTES:
        raise ValueError(
            tr("{key} must be a whole number from 1 to {n}").format(key=key, n=MAX_BYTES)
        )
    return value


def _urls(table: dict[str, Any]) -> tuple[str, ...]:
    urls = tuple(table["urls"])
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(tr("{url} is not a web address").format(url=url))
    if not urls:
        raise ValueError(tr("{key} is missing").format(key="urls"))
    return urls
