"""Importing a model from a stranger: it is read, examined and cut in processes of their own, with
limits, and passes a trial like every added model before it is run here.
"""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.limits import MAX_BYTES
from finder.core.stop import Stop
from finder.core.text import tr
from finder.jobs.child import CUT_MODEL, EXAMINE_MODEL, limit_process, own_command

if TYPE_CHECKING:
    from finder.core.models.examining import Findings
    from finder.core.models.importing import Choice
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

log = logging.getLogger(__name__)

_SECONDS = 120
"""Of processor time: a model of 580 MB is examined in 8 and cut in 20."""
_MEMORY = 4_000_000_000
"""Bytes of address space beside six times the model."""
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Prepared:
    """A cut model in a folder that is not of the library. batch_free: whether it takes several
    pictures at a time, which the program does not need."""

    spec: ModelSpec
    batch_free: bool


def examine(
    file: Path, side: int | None = None, feature: str = "", stop: Stop | None = None
) -> Findings:
    """`core.models.examining.examine` in another process. Raises FinderError, Stopped."""
    return _read_findings(file, _ask(file, stop, EXAMINE_MODEL, str(side or ""), feature))


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
        yield Prepared(load_spec(folder), bool(json.loads(said)))


def keep(home: Home, made: Prepared) -> ModelSpec:
    """Add the model to the library's. Raises FinderError."""
    from finder.core.models.folders import add_model

    try:
        content = made.spec.file.read_bytes()
    except OSError as error:
        raise FinderError(str(error), tr("Import it again.")) from error
    return add_model(home, made.spec, content)


def answer_examine(file: str, seconds: str, side: str, feature: str) -> str:
    """In the other process: what `examine` reads."""
    from finder.core.models.examining import examine as examined

    _limit(Path(file), int(seconds))
    found = examined(Path(file), int(side) if side else None, feature)
    return json.dumps(asdict(found) | {"file": ""})


def answer_cut(file: str, seconds: str, folder: str, told: str) -> str:
    """In the other process: write the folder."""
    from finder.core.models.cutting import Feature
    from finder.core.models.examining import ImageInput
    from finder.core.models.importing import Choice, make_model

    _limit(Path(file), int(seconds))
    table: dict[str, Any] = json.loads(told)
    table |= {"image": ImageInput(**table["image"]), "feature": Feature(**table["feature"])}
    return json.dumps(make_model(Choice(**table | {"file": Path(file)}), Path(folder)))


def _read_findings(file: Path, said: str) -> Findings:
    from finder.core.models.candidates import Candidate
    from finder.core.models.cutting import Feature
    from finder.core.models.examining import Findings, ImageInput

    table: dict[str, Any] = json.loads(said)
    candidates = tuple(
        Candidate(**entry | {"feature": Feature(**entry["feature"])})
        for entry in table["candidates"]
    )
    image = ImageInput(**table["image"])
    return Findings(**table | {"file": file, "image": image, "candidates": candidates})


def _limit(file: Path, seconds: int) -> None:
    """Data files beside the model may be as large as all that is read of one."""
    size = 0
    with suppress(OSError):
        size = min(sum(path.stat().st_size for path in file.parent.iterdir()), MAX_BYTES)
    limit_process(_MEMORY + 6 * size, seconds)


def _ask(file: Path, stop: Stop | None, word: str, *words: str) -> str:
    """What the other process says of a file."""
    process = subprocess.Popen(
        own_command(word, str(file), str(_SECONDS), *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # a Ctrl+C is for us
    )
    with process:
        try:
            said, logged = _wait(process, stop or Stop())
        except subprocess.TimeoutExpired as error:
            raise _gave_up(file) from error
        finally:
            process.kill()
    if process.returncode == 0:
        return said
    log.info("examining a model ended with %s: %s", process.returncode, logged[-2_000:])
    sentence, _, hint = said.strip().partition("\n")
    if process.returncode == 1 and sentence:
        raise FinderError(sentence, hint)
    raise _gave_up(file)


def _wait(process: subprocess.Popen[str], stop: Stop) -> tuple[str, str]:
    """What it printed on stdout and stderr. Raises Stopped, TimeoutExpired."""
    end = time.monotonic() + 2 * _SECONDS
    while True:
        stop.check()
        try:
            return process.communicate(timeout=_LOOK_EVERY)
        except subprocess.TimeoutExpired:
            if time.monotonic() > end:
                raise


def _gave_up(file: Path) -> FinderError:
    return FinderError(
        tr("{file} could not be examined: it crashed, or took too much time or memory.").format(
            file=file.name
        ),
        tr("It is damaged, or too large for this computer."),
    )
