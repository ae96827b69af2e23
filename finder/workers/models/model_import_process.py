"""Importing a model from an unknown source: its file is inspected, truncated and run on the sample
pictures in child processes, with limits. Like every added model it must pass a trial, too, before
it is run in this process.

Functions `child_…` run in the child and return what it prints, as JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.paths import Home, samples_dir
from finder.core.temporary_folders import TemporaryFolder
from finder.workers.child_command import (
    INSPECT_MODEL,
    MATCH_SAMPLES,
    TRUNCATE_MODEL,
    limit_process,
)
from finder.workers.child_process import ChildProcess, ChildResult, Ending, run_child
from finder.workers.worker_pools import lower_priority, query_pool

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.models.importing.inspection import Inspection, WordsSpace
    from finder.core.models.importing.model_import import ImportChoice
    from finder.core.models.importing.recognition import KnownModel
    from finder.core.models.spec import ModelSpec
    from finder.core.search.sample_matches import SampleMatches

_SECONDS = 120
"""Of processor time: a model of 580 MB is inspected in 8 and truncated in 20."""
_SAMPLES_SECONDS = 900
"""Of processor time for all samples: 10 s for each is longer than users wait for a search."""
_MEMORY = 4_000_000_000
"""Bytes of address space in addition to six times the model."""


@dataclass(frozen=True)
class TruncatedModel:
    """A truncated model in a temporary folder. batch_free: whether it takes several pictures at a
    time, which the program does not need."""

    spec: ModelSpec
    batch_free: bool
    known: KnownModel | None = None


def inspect_in_child(
    file: Path,
    side: int | None = None,
    feature: str = "",
    token: CancelToken | None = None,
    home: Home | None = None,
    words: WordsSpace | None = None,
) -> Inspection:
    """`inspection.inspect_model` in a child process. Raises FinderError, Cancelled."""
    space = json.dumps(words)
    arguments = str(side or ""), feature, str(home.root if home else ""), space
    return _read_inspection(file, run_about(file, token, INSPECT_MODEL, *arguments))


@contextmanager
def truncated(choice: ImportChoice, token: CancelToken | None = None) -> Iterator[TruncatedModel]:
    """The model truncated as chosen, in a folder that is deleted at the end of the context.

    It has not passed a trial yet (`ModelTrials`). Raises FinderError, Cancelled.
    """
    from finder.core.models.manifest import load_spec

    with TemporaryFolder() as parent:
        folder = parent / choice.name
        folder.mkdir()
        choice_json = json.dumps(asdict(choice) | {"file": "", "text": None})
        output = run_about(choice.file, token, TRUNCATE_MODEL, str(folder), choice_json)
        yield TruncatedModel(load_spec(folder), bool(json.loads(output)), choice.known)


def add_truncated(home: Home, made: TruncatedModel, name: str = "") -> ModelSpec:
    """Add the model to the library's, under another name if one is given. Raises FinderError."""
    from finder.core.models.importing.model_import import renamed
    from finder.core.models.model_folders import add_model

    try:
        content = made.spec.file.read_bytes()
    except OSError as error:
        raise FinderError(str(error), tr("Import it again.")) from error
    return add_model(home, renamed(made.spec, name, made.known) if name else made.spec, content)


def match_samples_in_child(
    spec: ModelSpec, token: CancelToken | None = None
) -> Iterator[SampleMatches]:
    """`sample_matches.match_samples` in a child process. Values may be left out, except the last.
    Raises FinderError, Cancelled."""
    command = MATCH_SAMPLES, os.path.abspath(spec.file.parent), str(_SAMPLES_SECONDS)
    with ChildProcess(*command, seconds=2 * _SAMPLES_SECONDS, token=token) as child:
        for line in child.newest_lines():
            yield _read_matches(line)
        result = child.result()
    if result.ending is not Ending.DONE:
        raise _failure(result, Path(spec.source).name)


def child_inspect(file: str, seconds: str, side: str, feature: str, home: str, words: str) -> str:
    from finder.core.models.importing.inspection import WordsSpace, inspect_model

    limit_for(Path(file), int(seconds))
    library = Home(Path(home)) if home else None
    space = json.loads(words)
    found = inspect_model(
        Path(file),
        int(side) if side else None,
        feature,
        library,
        WordsSpace(*space) if space else None,
    )
    return json.dumps(asdict(found) | {"file": ""})


def child_truncate(file: str, seconds: str, folder: str, choice_json: str) -> str:
    from finder.core.models.graph.truncation import Feature
    from finder.core.models.importing.inspection import ImageInput
    from finder.core.models.importing.model_import import ImportChoice, make_model
    from finder.core.models.importing.recognition import known_from_json

    limit_for(Path(file), int(seconds))
    table: dict[str, Any] = json.loads(choice_json)
    table |= {"image": ImageInput(**table["image"]), "feature": Feature(**table["feature"])}
    table["known"] = known_from_json(table["known"])
    return json.dumps(make_model(ImportChoice(**table | {"file": Path(file)}), Path(folder)))


def child_match_samples(folder: str, seconds: str) -> Iterator[str]:
    """Lines, one for each value. Raises FinderError."""
    from finder.core.models.manifest import load_spec
    from finder.core.models.runtime.extractor import Extractor
    from finder.core.models.runtime.text_tower import TextTower
    from finder.core.search.sample_matches import match_samples

    spec = load_spec(Path(folder))
    limit_for(spec.file, int(seconds))
    lower_priority()
    with query_pool() as pool:
        texts = TextTower(spec) if spec.text else None
        for matches in match_samples(Extractor(spec), samples_dir(), pool, texts):
            yield json.dumps(asdict(matches), default=str)


def _read_matches(line: str) -> SampleMatches:
    from finder.core.search.sample_matches import Neighbours, SampleMatches
    from finder.core.search.sample_words import SampleWords

    table: dict[str, Any] = json.loads(line)
    neighbours = tuple(
        Neighbours(
            Path(entry["picture"]),
            tuple((Path(path), float(distance)) for path, distance in entry["nearest"]),
        )
        for entry in table["neighbours"]
    )
    words = SampleWords(**table["words"]) if table["words"] else None
    return SampleMatches(**table | {"neighbours": neighbours, "words": words})


def _read_inspection(file: Path, output: str) -> Inspection:
    from finder.core.models.graph.truncation import Feature
    from finder.core.models.importing.candidates import Candidate
    from finder.core.models.importing.inspection import ImageInput, Inspection
    from finder.core.models.importing.recognition import known_from_json

    table: dict[str, Any] = json.loads(output)
    candidates = tuple(
        Candidate(**entry | {"feature": Feature(**entry["feature"])})
        for entry in table["candidates"]
    )
    image = ImageInput(**table["image"])
    known = known_from_json(table["known"])
    return Inspection(
        **table | {"file": file, "image": image, "candidates": candidates, "known": known}
    )


def limit_for(file: Path, seconds: int) -> None:
    """Limit this process, which works on the file. The memory allows for external data beside the
    model, up to the largest size that is read."""
    size = 0
    with suppress(OSError):
        size = min(sum(path.stat().st_size for path in file.parent.iterdir()), MAX_BYTES)
    limit_process(_MEMORY + 6 * size, seconds)


def run_about(file: Path, token: CancelToken | None, command: str, *arguments: str) -> str:
    """The output of a command about a file. Raises FinderError, Cancelled."""
    words = os.path.abspath(file), str(_SECONDS), *arguments
    result = run_child(command, *words, seconds=2 * _SECONDS, token=token)
    if result.ending is not Ending.DONE:
        raise _failure(result, file.name)
    return result.output


def _failure(result: ChildResult, name: str) -> FinderError:
    return result.failure(
        tr("{file} could not be examined: {why}."),
        tr("It is damaged, or too large for this computer."),
        file=name,
    )
