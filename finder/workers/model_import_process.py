"""Importing a model from a stranger: it is read, examined, cut and run on the samples in child
processes, with limits, and passes a trial like every added model before it is run here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.limits import MAX_BYTES
from finder.core.paths import Home, samples_dir
from finder.core.temporary_folders import TemporaryFolder
from finder.workers.child_command import CUT_MODEL, EXAMINE_MODEL, LOOK_AT_SAMPLES, limit_process
from finder.workers.child_process import ChildProcess, Ended, Ending, run_child
from finder.workers.worker_pools import lower_priority, query_pool

if TYPE_CHECKING:
    from finder.core.models.importing.inspection import Inspection
    from finder.core.models.importing.model_import import ImportChoice
    from finder.core.models.importing.recognition import KnownModel
    from finder.core.models.spec import ModelSpec
    from finder.core.search.sample_matches import SampleMatches

_SECONDS = 120
"""Of processor time: a model of 580 MB is examined in 8 and cut in 20."""
_LOOK_SECONDS = 900
"""Of processor time for all samples: ten for each is more than a search would be waited for."""
_MEMORY = 4_000_000_000
"""Bytes of address space beside six times the model."""


@dataclass(frozen=True)
class Prepared:
    """A cut model in a folder that is not of the library. batch_free: whether it takes several
    pictures at a time, which the program does not need."""

    spec: ModelSpec
    batch_free: bool
    known: KnownModel | None = None


def examine(
    file: Path,
    side: int | None = None,
    feature: str = "",
    stop: CancelToken | None = None,
    home: Home | None = None,
) -> Inspection:
    """`inspection.examine` in a child process. Raises FinderError, Cancelled."""
    words = str(side or ""), feature, str(home.root if home else "")
    return _read_findings(file, _ask(file, stop, EXAMINE_MODEL, *words))


@contextmanager
def prepared(choice: ImportChoice, stop: CancelToken | None = None) -> Iterator[Prepared]:
    """The model cut as chosen, in a folder that lasts as long as the context.

    It has not been tried yet (`ModelTrials`). Raises FinderError, Cancelled.
    """
    from finder.core.models.manifest import load_spec

    with TemporaryFolder() as parent:
        folder = parent / choice.name
        folder.mkdir()
        told = asdict(choice) | {"file": ""}
        said = _ask(choice.file, stop, CUT_MODEL, str(folder), json.dumps(told))
        yield Prepared(load_spec(folder), bool(json.loads(said)), choice.known)


def keep(home: Home, made: Prepared, name: str = "") -> ModelSpec:
    """Add the model to the library's, under another name if one is given. Raises FinderError."""
    from finder.core.models.importing.model_import import renamed
    from finder.core.models.model_folders import add_model

    try:
        content = made.spec.file.read_bytes()
    except OSError as error:
        raise FinderError(str(error), tr("Import it again.")) from error
    return add_model(home, renamed(made.spec, name, made.known) if name else made.spec, content)


def looks(made: Prepared, stop: CancelToken | None = None) -> Iterator[SampleMatches]:
    """`sample_matches.match_samples` in a child process. Steps may be left out, but not the last.
    Raises FinderError, Cancelled."""
    words = LOOK_AT_SAMPLES, os.path.abspath(made.spec.file.parent), str(_LOOK_SECONDS)
    with ChildProcess(*words, seconds=2 * _LOOK_SECONDS, stop=stop) as child:
        for line in child.newest_lines():
            yield _read_look(line)
        ended = child.ended()
    if ended.ending is not Ending.DONE:
        raise _failure(ended, Path(made.spec.source).name)


def answer_examine(file: str, seconds: str, side: str, feature: str, home: str) -> str:
    """In the child: what `examine` reads."""
    from finder.core.models.importing.inspection import inspect_model as examined

    _limit(Path(file), int(seconds))
    library = Home(Path(home)) if home else None
    found = examined(Path(file), int(side) if side else None, feature, library)
    return json.dumps(asdict(found) | {"file": ""})


def answer_cut(file: str, seconds: str, folder: str, told: str) -> str:
    """In the child: write the folder."""
    from finder.core.models.graph.truncation import Feature
    from finder.core.models.importing.inspection import ImageInput
    from finder.core.models.importing.model_import import ImportChoice, make_model
    from finder.core.models.importing.recognition import known_from_json

    _limit(Path(file), int(seconds))
    table: dict[str, Any] = json.loads(told)
    table |= {"image": ImageInput(**table["image"]), "feature": Feature(**table["feature"])}
    table["known"] = known_from_json(table["known"])
    return json.dumps(make_model(ImportChoice(**table | {"file": Path(file)}), Path(folder)))


def answer_look(folder: str, seconds: str) -> Iterator[str]:
    """In the child: the lines that `looks` reads. Raises FinderError."""
    from finder.core.models.manifest import load_spec
    from finder.core.models.runtime.extractor import Extractor
    from finder.core.search.sample_matches import match_samples

    spec = load_spec(Path(folder))
    _limit(spec.file, int(seconds))
    lower_priority()
    with query_pool() as pool:
        for look in match_samples(Extractor(spec), samples_dir(), pool):
            yield json.dumps(asdict(look), default=str)


def _read_look(line: str) -> SampleMatches:
    from finder.core.search.sample_matches import Neighbours, SampleMatches

    table: dict[str, Any] = json.loads(line)
    neighbours = tuple(
        Neighbours(
            Path(entry["picture"]),
            tuple((Path(path), float(distance)) for path, distance in entry["nearest"]),
        )
        for entry in table["neighbours"]
    )
    return SampleMatches(**table | {"neighbours": neighbours})


def _read_findings(file: Path, said: str) -> Inspection:
    from finder.core.models.graph.truncation import Feature
    from finder.core.models.importing.candidates import Candidate
    from finder.core.models.importing.inspection import ImageInput, Inspection
    from finder.core.models.importing.recognition import known_from_json

    table: dict[str, Any] = json.loads(said)
    candidates = tuple(
        Candidate(**entry | {"feature": Feature(**entry["feature"])})
        for entry in table["candidates"]
    )
    image = ImageInput(**table["image"])
    known = known_from_json(table["known"])
    return Inspection(
        **table | {"file": file, "image": image, "candidates": candidates, "known": known}
    )


def _limit(file: Path, seconds: int) -> None:
    """Data files beside the model may be as large as all that is read of one."""
    size = 0
    with suppress(OSError):
        size = min(sum(path.stat().st_size for path in file.parent.iterdir()), MAX_BYTES)
    limit_process(_MEMORY + 6 * size, seconds)


def _ask(file: Path, stop: CancelToken | None, word: str, *words: str) -> str:
    """What a child answers about a file."""
    given = os.path.abspath(file), str(_SECONDS), *words
    ended = run_child(word, *given, seconds=2 * _SECONDS, stop=stop)
    if ended.ending is not Ending.DONE:
        raise _failure(ended, file.name)
    return ended.output


def _failure(ended: Ended, name: str) -> FinderError:
    return ended.failure(
        tr("{file} could not be examined").format(file=name),
        tr("It is damaged, or too large for this computer."),
    )
