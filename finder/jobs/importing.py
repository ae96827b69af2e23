"""Importing a model from a stranger: it is read, examined and cut in processes of their own, with
limits, and passes a trial like every added model before it is run here.
"""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.limits import MAX_BYTES
from finder.core.paths import Home, samples_dir
from finder.core.stop import Stop
from finder.core.text import tr
from finder.jobs.child import (
    CUT_MODEL,
    EXAMINE_MODEL,
    LOOK_AT_SAMPLES,
    limit_process,
    own_command,
)
from finder.jobs.pool import query_pool, stand_back

if TYPE_CHECKING:
    from finder.core.models.examining import Findings
    from finder.core.models.importing import Choice
    from finder.core.models.recognising import Known
    from finder.core.models.spec import ModelSpec
    from finder.core.search.sampling import SampleLook

log = logging.getLogger(__name__)

_SECONDS = 120
"""Of processor time: a model of 580 MB is examined in 8 and cut in 20."""
_LOOK_SECONDS = 900
"""Of processor time for all samples: ten for each is more than a search would be waited for."""
_MEMORY = 4_000_000_000
"""Bytes of address space beside six times the model."""
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Prepared:
    """A cut model in a folder that is not of the library. batch_free: whether it takes several
    pictures at a time, which the program does not need."""

    spec: ModelSpec
    batch_free: bool
    known: Known | None = None


def examine(
    file: Path,
    side: int | None = None,
    feature: str = "",
    stop: Stop | None = None,
    home: Home | None = None,
) -> Findings:
    """`core.models.examining.examine` in another process. Raises FinderError, Stopped."""
    words = str(side or ""), feature, str(home.root if home else "")
    return _read_findings(file, _ask(file, stop, EXAMINE_MODEL, *words))


@contextmanager
def prepared(choice: Choice, stop: Stop | None = None) -> Iterator[Prepared]:
    """The model cut as chosen, in a folder that lasts as long as the context.

    It has not been tried yet (`ModelTrials`). Raises FinderError, Stopped.
    """
    from finder.core.models.spec import load_spec

    with tempfile.TemporaryDirectory(prefix="image-finder-") as parent:
        folder = Path(parent) / choice.name
        folder.mkdir()
        told = asdict(choice) | {"file": ""}
        said = _ask(choice.file, stop, CUT_MODEL, str(folder), json.dumps(told))
        yield Prepared(load_spec(folder), bool(json.loads(said)), choice.known)


def keep(home: Home, made: Prepared, name: str = "") -> ModelSpec:
    """Add the model to the library's, under another name if one is given. Raises FinderError."""
    from finder.core.models.folders import add_model
    from finder.core.models.importing import renamed

    try:
        content = made.spec.file.read_bytes()
    except OSError as error:
        raise FinderError(str(error), tr("Import it again.")) from error
    return add_model(home, renamed(made.spec, name, made.known) if name else made.spec, content)


def looks(made: Prepared, stop: Stop | None = None) -> Iterator[SampleLook]:
    """`core.search.sampling.look_at_samples` in another process; each step once, and the last one
    for certain. Raises FinderError, Stopped."""
    words = LOOK_AT_SAMPLES, str(made.spec.file.parent), str(_LOOK_SECONDS)
    heard = ""
    for said in _hear(Path(made.spec.source), stop, _LOOK_SECONDS, *words):
        line = last_line(said)
        if line and line != heard:
            heard = line
            yield _read_look(line)


def last_line(said: str) -> str:
    """The last whole line; what follows is still on its way."""
    whole, _, _ = said.rpartition("\n")
    return whole.rpartition("\n")[2]


def answer_examine(file: str, seconds: str, side: str, feature: str, home: str) -> str:
    """In the other process: what `examine` reads."""
    from finder.core.models.examining import examine as examined

    _limit(Path(file), int(seconds))
    library = Home(Path(home)) if home else None
    found = examined(Path(file), int(side) if side else None, feature, library)
    return json.dumps(asdict(found) | {"file": ""})


def answer_cut(file: str, seconds: str, folder: str, told: str) -> str:
    """In the other process: write the folder."""
    from finder.core.models.cutting import Feature
    from finder.core.models.examining import ImageInput
    from finder.core.models.importing import Choice, make_model
    from finder.core.models.recognising import known_as

    _limit(Path(file), int(seconds))
    table: dict[str, Any] = json.loads(told)
    table |= {"image": ImageInput(**table["image"]), "feature": Feature(**table["feature"])}
    table["known"] = known_as(table["known"])
    return json.dumps(make_model(Choice(**table | {"file": Path(file)}), Path(folder)))


def answer_look(folder: str, seconds: str) -> Iterator[str]:
    """In the other process: the lines that `looks` reads."""
    from finder.core.models.extract import Extractor
    from finder.core.models.spec import load_spec
    from finder.core.search.sampling import look_at_samples

    spec = load_spec(Path(folder))
    _limit(spec.file, int(seconds))
    stand_back()
    try:
        with query_pool() as pool:
            for look in look_at_samples(Extractor(spec), samples_dir(), pool):
                yield json.dumps(asdict(look), default=str)
    except FinderError as error:
        yield json.dumps({"sentence": error.sentence, "hint": error.hint})


def _read_look(line: str) -> SampleLook:
    from finder.core.search.sampling import Neighbours, SampleLook

    table: dict[str, Any] = json.loads(line)
    if "sentence" in table:
        raise FinderError(table["sentence"], table["hint"])
    neighbours = tuple(
        Neighbours(
            Path(entry["picture"]),
            tuple((Path(path), float(distance)) for path, distance in entry["nearest"]),
        )
        for entry in table["neighbours"]
    )
    return SampleLook(**table | {"neighbours": neighbours})


def _read_findings(file: Path, said: str) -> Findings:
    from finder.core.models.candidates import Candidate
    from finder.core.models.cutting import Feature
    from finder.core.models.examining import Findings, ImageInput
    from finder.core.models.recognising import known_as

    table: dict[str, Any] = json.loads(said)
    candidates = tuple(
        Candidate(**entry | {"feature": Feature(**entry["feature"])})
        for entry in table["candidates"]
    )
    image = ImageInput(**table["image"])
    known = known_as(table["known"])
    return Findings(
        **table | {"file": file, "image": image, "candidates": candidates, "known": known}
    )


def _limit(file: Path, seconds: int) -> None:
    """Data files beside the model may be as large as all that is read of one."""
    size = 0
    with suppress(OSError):
        size = min(sum(path.stat().st_size for path in file.parent.iterdir()), MAX_BYTES)
    limit_process(_MEMORY + 6 * size, seconds)


def _ask(file: Path, stop: Stop | None, word: str, *words: str) -> str:
    """What the other process says of a file."""
    *_, said = _hear(file, stop, _SECONDS, word, str(file), str(_SECONDS), *words)
    return said


def _hear(file: Path, stop: Stop | None, seconds: int, *words: str) -> Iterator[str]:
    """What the other process has said so far, now and then; at last all of it."""
    process = subprocess.Popen(
        own_command(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # a Ctrl+C is for us
    )
    with process:
        try:
            said, logged = yield from _wait(process, stop or Stop(), 2 * seconds)
        except subprocess.TimeoutExpired as error:
            raise _gave_up(file) from error
        finally:
            process.kill()
    if process.returncode == 0:
        yield said
        return
    log.info("examining a model ended with %s: %s", process.returncode, logged[-2_000:])
    sentence, _, hint = said.strip().partition("\n")
    if process.returncode == 1 and sentence:
        raise FinderError(sentence, hint)
    raise _gave_up(file)


def _wait(
    process: subprocess.Popen[str], stop: Stop, seconds: int
) -> Generator[str, None, tuple[str, str]]:
    """Gives what it has printed so far (nothing on Windows); returns all of it, with stderr.
    Raises Stopped, TimeoutExpired."""
    end = time.monotonic() + seconds
    while True:
        stop.check()
        try:
            return process.communicate(timeout=_LOOK_EVERY)
        except subprocess.TimeoutExpired as late:
            if time.monotonic() > end:
                raise
            yield (late.stdout or b"").decode("utf-8", "replace")


def _gave_up(file: Path) -> FinderError:
    return FinderError(
        tr("{file} could not be examined: it crashed, or took too much time or memory.").format(
            file=file.name
        ),
        tr("It is damaged, or too large for this computer."),
    )
