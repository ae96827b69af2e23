"""A model from an unknown source runs in its own process and fails alone, whatever it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from failing_models import cannot_run, finds_nothing, never_ends, paint, takes_memory
from making import assert_in_step, run_index
from model_folders import Made, make_model
from PIL import Image

from finder.core.errors import FinderError, ModelFailedError, Reason, SkippedPicture
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.progress import Counts
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.known_files import is_known, note_known
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query
from finder.use_cases.search.library_search import open_searcher
from finder.workers.models import model_child
from finder.workers.models.model_process import ModelProcess, ModelProcesses
from finder.workers.worker_pools import worker_count

DARK, LIGHT = Image.new("RGB", (30, 20), (2, 3, 4)), Image.new("RGB", (30, 20), (200, 180, 160))
SOON = 30.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory there")
Open = Callable[..., ModelProcess]

_ABORTS = """
import os, sys
from finder.core.models.runtime.extractor import Extractor
from finder.__main__ import main
features = Extractor.features
def deadly(self, batch):
    if batch.max() < 0:
        os.abort()
    return features(self, batch)
Extractor.features = deadly
main(sys.argv[1:])
"""
"""The program, with models that bring it down over a dark picture."""


@pytest.fixture
def open_model() -> Iterator[Open]:
    made = []

    def opened(folder: Path, seconds: float = 10.0) -> ModelProcess:
        made.append(ModelProcess(load_spec(folder), seconds))
        return made[-1]

    yield opened
    for process in made:
        process.close()


def reason_of(model: ModelProcess, image: Image.Image) -> Reason:
    with pytest.raises(SkippedPicture) as caught:
        model.embed_image(image)
    return caught.value.reason


def has_ended(pid: int) -> bool:
    """Nobody waits for the process, so as a zombie it has ended, too."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.is_file() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


# Answers


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_it_computes_what_this_process_would(tmp_path: Path, open_model: Open, layout: str) -> None:
    folder = make_model(tmp_path, Made(layout=layout))
    image = Image.effect_noise((300, 200), 90).convert("RGB")
    own = Extractor(load_spec(folder)).embed_image(image)
    np.testing.assert_array_equal(open_model(folder).embed_image(image), own)


def test_a_real_model_in_several_threads(
    tmp_path: Path, samples: Path, fast_spec: ModelSpec
) -> None:
    images = [Image.open(path).convert("RGB") for path in sorted(samples.glob("birds/*.jpg"))]
    own = Extractor(fast_spec)
    with closing(ModelProcess(fast_spec)) as process, ThreadPoolExecutor(8) as pool:
        for image, vector in zip(images, pool.map(process.embed_image, images), strict=True):
            np.testing.assert_array_equal(vector, own.embed_image(image))


def test_what_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    spec.file.write_bytes(spec.file.read_bytes() + b"\0")
    with pytest.raises(FinderError, match=r"not the one its model\.toml describes") as caught:
        ModelProcess(spec)
    assert caught.value.hint


def test_an_invalid_feature_does_not_end_the_process(tmp_path: Path, open_model: Open) -> None:
    process = open_model(finds_nothing(tmp_path))
    first = process.process_id
    assert reason_of(process, DARK) is Reason.NO_FEATURE
    assert process.embed_image(LIGHT).shape == (3,)
    assert process.process_id == first


def test_a_model_that_cannot_run_does_not_end_the_process(tmp_path: Path, open_model: Open) -> None:
    process = open_model(cannot_run(tmp_path))
    first = process.process_id
    assert reason_of(process, DARK) is Reason.MODEL_ERROR
    assert process.embed_image(LIGHT).shape == (3,)
    assert process.process_id == first


# Limits


def test_a_model_that_never_ends_is_stopped(tmp_path: Path, open_model: Open) -> None:
    process = open_model(never_ends(tmp_path), seconds=1.0)
    first = process.process_id
    with ThreadPoolExecutor(4) as pool:
        slow = pool.submit(reason_of, process, DARK)
        fast = [pool.submit(process.embed_image, LIGHT) for _ in range(20)]
        assert slow.result() is Reason.TOO_SLOW
        assert all(vector.result().shape == (3,) for vector in fast)
    wait_for(lambda: has_ended(first))
    assert process.embed_image(LIGHT).shape == (3,)


@linux
def test_a_model_that_takes_all_memory_is_limited(tmp_path: Path, open_model: Open) -> None:
    process = open_model(takes_memory(tmp_path, gigabytes=12))
    first = process.process_id
    with ThreadPoolExecutor(4) as pool:
        greedy = pool.submit(reason_of, process, DARK)
        others = [pool.submit(process.embed_image, LIGHT) for _ in range(10)]
        assert greedy.result() is Reason.OUT_OF_MEMORY
        assert all(vector.result().shape == (3,) for vector in others)
    assert process.process_id == first


def test_among_many_pictures_the_fatal_one_is_found(
    tmp_path: Path, open_model: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        model_child, "own_command", lambda *words: [sys.executable, "-c", _ABORTS, *words]
    )
    process = open_model(make_model(tmp_path, Made()))
    with ThreadPoolExecutor(8) as pool:
        others = [pool.submit(process.embed_image, LIGHT) for _ in range(12)]
        deadly = [pool.submit(reason_of, process, DARK) for _ in range(2)]
        others += [pool.submit(process.embed_image, LIGHT) for _ in range(12)]
        assert {future.result() for future in deadly} == {Reason.CRASHED}
        assert all(vector.result().shape == (3,) for vector in others)


def test_a_killed_process_is_started_again(tmp_path: Path, open_model: Open) -> None:
    process = open_model(make_model(tmp_path, Made()))
    first = process.process_id
    os.kill(first, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    assert process.embed_image(LIGHT).shape == (3,)
    assert process.process_id != first


# How the process ends


def test_it_ends_when_it_is_closed(tmp_path: Path, open_model: Open) -> None:
    process = open_model(never_ends(tmp_path), seconds=60)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(process.embed_image, DARK)
        wait_for(lambda: len(process._child.get()._free) < worker_count())
        process.close()
        with pytest.raises(FinderError, match="no longer in use"):
            asked.result()
    wait_for(lambda: has_ended(process.process_id))


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    extractors = ExtractorPool(isolate=ModelProcess)
    process = extractors.get(spec)
    assert isinstance(process, ModelProcess)
    pid = process.process_id
    del process
    extractors.discard(spec.name)
    wait_for(lambda: has_ended(pid))
    again = ExtractorPool(isolate=ModelProcess).get(spec)
    assert isinstance(again, ModelProcess)
    pid = again.process_id
    del again
    wait_for(lambda: has_ended(pid))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("busy", [0, 1, worker_count()], ids=["idle", "busy", "all-busy"])
def test_it_ends_when_the_program_is_killed(tmp_path: Path, busy: int) -> None:
    folder = never_ends(tmp_path)
    script = f"""
import threading
from pathlib import Path
from PIL import Image
from finder.core.models.manifest import load_spec
from finder.workers.models.model_process import ModelProcess
process = ModelProcess(load_spec(Path({str(folder)!r})), 600)
print(process.process_id, flush=True)
for _ in range({busy}):
    threading.Thread(target=process.embed_image, args=(Image.new("RGB", (8, 6)),)).start()
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        pid = int(program.stdout.readline())
        if busy:
            idle = _thread_seconds(pid)
            wait_for(lambda: _busy_threads(pid, idle) == busy)
        assert not has_ended(pid)
        program.kill()
        wait_for(lambda: has_ended(pid))


def _busy_threads(pid: int, idle: dict[str, float]) -> int:
    """How many of its threads have computed for longer than a picture takes."""
    now = _thread_seconds(pid)
    return sum(seconds - idle.get(thread, 0.0) > 0.5 for thread, seconds in now.items())


def _thread_seconds(pid: int) -> dict[str, float]:
    """The processor time of each of its threads."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("there is no /proc")
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {thread.name: _processor_seconds((thread / "stat").read_text()) for thread in threads}


def _processor_seconds(stat: str) -> float:
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# Which models


def test_shipped_and_known_models_are_computed_here(
    home: Home, specs: list[ModelSpec], fast_spec: ModelSpec
) -> None:
    assert all(is_known(home, spec) for spec in specs)
    assert ModelProcesses(home)(fast_spec) is None
    added = load_spec(make_model(home.models, Made()))
    assert not is_known(home, added)
    note_known(home, added)
    assert is_known(home, added)
    assert not is_known(home, load_spec(make_model(home.models, Made(name="other", times=2))))


@pytest.mark.parametrize("kept", ["", "{", "7", '{"a": 1}', "[1, null]"])
def test_a_damaged_note_makes_every_model_unknown(kept: str, home: Home) -> None:
    home.root.mkdir(exist_ok=True)
    home.known_models.write_text(kept)
    assert not is_known(home, load_spec(make_model(home.models, Made())))


# In a run, and in a search


@pytest.fixture
def mean(home: Home) -> ModelSpec:
    return load_spec(make_model(home.models, Made(name="mean")))


@pytest.fixture
def isolated(home: Home) -> Iterator[ExtractorPool]:
    with closing(ExtractorPool(isolate=ModelProcesses(home, seconds=0.5))) as extractors:
        yield extractors


@pytest.fixture
def impatient(home: Home, mean: ModelSpec) -> Iterator[ExtractorPool]:
    """It waits for half as long; the model `mean` is known, and has all the time it needs."""
    note_known(home, mean)
    with closing(ExtractorPool(isolate=ModelProcesses(home, seconds=0.25))) as extractors:
        yield extractors


def failed(home: Home) -> dict[str, Reason]:
    with closing(Catalogue(home)) as catalogue:
        return {Path(f.path).name: f.failure.reason for f in catalogue.failures.files()}


@linux
def test_a_run_continues_and_stores_the_failures(
    home: Home, tmp_path: Path, mean: ModelSpec, isolated: ExtractorPool
) -> None:
    models = [load_spec(takes_memory(home.models, 12)), load_spec(never_ends(home.models)), mean]
    folder = paint(tmp_path / "pictures", light=4, dark=2)
    assert run_index(home, [folder], models, isolated).counts == Counts(new=6)
    assert len(assert_in_step(home, "mean")) == 6
    for name, reason in (("greedy", Reason.OUT_OF_MEMORY), ("endless", Reason.TOO_SLOW)):
        assert len(assert_in_step(home, name)) == 4
        with closing(Catalogue(home)) as catalogue:
            reasons = {f.failure.reason for f in catalogue.failures.files() if f.model == name}
        assert reasons == {reason}
    assert run_index(home, [folder], models, isolated).counts == Counts(unchanged=6)


def test_a_model_that_crashes_repeatedly_is_switched_off(
    home: Home, tmp_path: Path, mean: ModelSpec, impatient: ExtractorPool
) -> None:
    endless = load_spec(never_ends(home.models))
    folder = paint(tmp_path / "pictures", light=12, dark=24)  # more than the workers' queue holds
    last = run_index(home, [folder], [endless, mean], impatient)
    assert len(assert_in_step(home, "mean")) == 36
    assert last.switched_off == ("endless",)
    assert "Endless crashed or took too long on 5 of" in last.notes[0]
    assert len(failed(home)) < 24


def test_a_search_is_answered_by_the_others(
    home: Home, tmp_path: Path, mean: ModelSpec, impatient: ExtractorPool
) -> None:
    endless = load_spec(never_ends(home.models))
    run_index(home, [paint(tmp_path / "p", light=4, dark=0)], [mean, endless], impatient)
    DARK.save(tmp_path / "query.png")
    query = Query.from_file(str(tmp_path / "query.png"))
    with closing(open_searcher(home, impatient)) as searcher:
        result = searcher.search(query, [mean, endless], 4, Metric.EUCLIDEAN)
        assert list(result.models) == ["mean"]
        assert len(result.combined) == 4
        assert result.notes == ("Endless took too long for this picture.",)
        with pytest.raises(ModelFailedError, match="took too long") as caught:
            searcher.search(query, [endless], 4, Metric.EUCLIDEAN)
    assert caught.value.hint == "Try another picture, or another model."
