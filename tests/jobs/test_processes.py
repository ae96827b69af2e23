"""Child processes: how they end, what they inherit, and that they leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from importable import endless

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.workers import child_process as processes
from finder.workers.child_command import INSPECT_MODEL, child_environment, own_command
from finder.workers.child_process import ChildProcess, Ending, run_child

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
_LONG = 60.0

Speak = Callable[[str], None]


@pytest.fixture
def child_does(monkeypatch: pytest.MonkeyPatch) -> Speak:
    """Makes each child run these Python statements."""

    def does(code: str) -> None:
        monkeypatch.setattr(processes, "own_command", lambda *_: [sys.executable, "-P", "-c", code])

    return does


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary folder; empty again after each test."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert os.listdir(folder) == []


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _LONG
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process runs, and is not a zombie (an orphan nobody has waited for)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return status not in "ZX"


def test_what_it_prints_is_returned(child_does: Speak) -> None:
    child_does("print('one'); print('zwei: ä')" if os.name == "nt" else "print('one\\nzwei: ä')")
    ended = run_child("_do", seconds=_LONG)
    assert (ended.ending, ended.code, ended.output) == (Ending.DONE, 0, "one\nzwei: ä")


def test_lines_arrive_as_they_are_printed(child_does: Speak, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    child_does(
        "import os, time\n"
        "print('first', flush=True)\n"
        f"while not os.path.exists({str(seen)!r}): time.sleep(0.01)\n"
        "print('second')"
    )
    with ChildProcess("_do", seconds=_LONG) as child:
        lines = child.lines()
        assert next(lines) == "first"
        seen.touch()
        assert list(lines) == ["second"]
        assert child.result().ending is Ending.DONE


def test_of_many_lines_the_newest_is_enough(child_does: Speak) -> None:
    child_does("for n in range(1000): print(n)")
    with ChildProcess("_do", seconds=_LONG) as child:
        taken = [int(line) for line in child.newest_lines()]
    assert taken[-1] == 999
    assert taken == sorted(set(taken))


def test_a_command_that_explains_itself(tmp_path: Path) -> None:
    file = tmp_path / "no.onnx"
    file.write_bytes(b"no model")
    ended = run_child(INSPECT_MODEL, str(file), "60", "", "", "", "null", seconds=_LONG)
    assert ended.ending is Ending.REPORTED_ERROR
    error = ended.failure("It failed", "no hint")
    assert error.sentence.startswith("no.onnx cannot be imported: it is not an ONNX file")
    assert error.hint != "no hint"
    assert ended.output == ""


@pytest.mark.parametrize(
    "line", ["failed: ", "failed: 7", "failed: {", 'failed: ["a"]', "failed: " + "[" * 100_000]
)
def test_an_invalid_explanation(child_does: Speak, line: str) -> None:
    child_does(f"import sys; print({line[:9]!r} + {line[9:10]!r} * {len(line)}); sys.exit(1)")
    assert run_child("_do", seconds=_LONG).ending is Ending.CRASHED


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("raise KeyError", Ending.CRASHED),
        ("import os; os.abort()", Ending.CRASHED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Ending.CRASHED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", Ending.TERMINATED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGHUP)", Ending.TERMINATED),
        (
            "from finder.workers.child_command import limit_process\n"
            "limit_process(4 << 30, 1)\nwhile 1: pass",
            Ending.TOO_SLOW,
        ),
    ],
    ids=["exception", "abort", "killed", "asked", "hung up", "processor time"],
)
@posix
def test_how_it_can_end(child_does: Speak, code: str, ending: Ending) -> None:
    child_does(code)
    ended = run_child("_do", seconds=_LONG)
    assert ended.ending is ending
    assert ended.code != 0
    error = ended.failure("It could not be done: {why}.", "Do something else.")
    assert error.sentence.startswith("It could not be done: ")
    assert error.hint == "Do something else."


def test_what_it_logs_is_in_the_log(child_does: Speak, caplog: pytest.LogCaptureFixture) -> None:
    child_does("raise KeyError('why')")
    caplog.set_level("INFO", "finder")
    run_child("_do", seconds=_LONG)
    assert "KeyError: 'why'" in caplog.text


@pytest.mark.parametrize("code", ["import time; time.sleep(600)", "while True: print('no end')"])
def test_a_command_that_takes_too_long(child_does: Speak, code: str) -> None:
    child_does(code)
    began = time.monotonic()
    assert run_child("_do", seconds=0.5).ending is Ending.TOO_SLOW
    assert time.monotonic() - began < 10


def test_output_without_end_is_cut_off(child_does: Speak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_MOST_OUTPUT", 1_000_000)
    child_does("while True: print('no end' * 1000)")
    ended = run_child("_do", seconds=_LONG)
    assert ended.ending is Ending.CRASHED
    assert len(ended.output) < 2_000_000


def test_stopping_it(child_does: Speak) -> None:
    child_does("import time; print('here', flush=True); time.sleep(600)")
    stop = CancelToken()
    with pytest.raises(Cancelled), ChildProcess("_do", seconds=_LONG, token=stop) as child:
        lines = child.lines()
        assert next(lines) == "here"
        timer = threading.Timer(0.1, stop.set)
        timer.start()
        next(lines)
    timer.join()
    assert child._process.poll() is not None


@posix
@pytest.mark.parametrize("then", ["time.sleep(600)", "sys.exit(0)", "os.abort()"])
def test_what_it_has_started_ends_with_it(child_does: Speak, then: str) -> None:
    """Even where that one holds the output open."""
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    child_does(
        "import os, subprocess, sys, time\n"
        f"print(subprocess.Popen({sleeper!r}).pid, flush=True)\n{then}"
    )
    with ChildProcess("_do", seconds=_LONG) as child:
        pid = int(next(child.lines()))
        if "sleep" not in then:
            child.result()
    wait_until(lambda: not is_running(pid))


def test_it_runs_in_an_empty_folder_of_its_own(child_does: Speak, temp: Path) -> None:
    child_does(
        "import json, os, tempfile\n"
        "print(json.dumps([os.getcwd(), tempfile.gettempdir(), sorted(os.listdir())]))"
    )
    here, its_temp, found = json.loads(run_child("_do", seconds=_LONG).output)
    assert here == its_temp
    assert Path(here).parent == temp
    assert found == [".lock"]
    within = temp.parent
    assert Path(json.loads(run_child("_do", seconds=_LONG, within=within).output)[0]).parent == (
        within
    )


def test_where_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "own_command", lambda *_: ["/no/such/program"])
    with pytest.raises(FinderError, match="could not be started"):
        run_child("_do", seconds=_LONG)
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    with pytest.raises(FinderError, match="could not be started"):
        run_child("_do", seconds=_LONG)


def test_it_inherits_no_variable_that_runs_code(
    monkeypatch: pytest.MonkeyPatch, temp: Path
) -> None:
    here = str(temp)
    given = {
        "PYTHONPATH": os.pathsep.join(["", "lib", here]),
        "PYTHONSTARTUP": "start.py",
        "PYTHONINSPECT": "1",
        "PYTHONWARNINGS": "error",
        "PYTHONHOME": "python",
        "LD_LIBRARY_PATH": f":{here}",
        "QT_PLUGIN_PATH": "plugins",
        "PATH": os.pathsep.join([".", here, ""]),
        "LD_PRELOAD": "",
        "OTHER": "as it was",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    got = child_environment(temp)
    assert {name: got[name] for name in given if name in got} == {
        "PYTHONPATH": here,
        "PATH": here,
        "LD_LIBRARY_PATH" if os.pathsep == ":" else "": here,
        "LD_PRELOAD": "",
        "OTHER": "as it was",
    }
    assert [got[name] for name in ("TMPDIR", "TEMP", "TMP")] == [here] * 3


def test_flags_of_this_python_are_passed_on() -> None:
    code = "from finder.workers.child_command import own_command; print(*own_command('_do'))"
    words = [sys.executable, "-E", "-s", "-X", "utf8", "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert " -P -X utf8=1 -E -s " in done.stdout
    assert "-E" not in own_command("_do")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_children_end_when_this_process_is_killed(tmp_path: Path, temp: Path) -> None:
    """And what it leaves in the temporary folder is removed by the next one."""
    model = endless(tmp_path)
    code = (
        "import sys; from pathlib import Path\n"
        "from finder.workers.models.model_import_process import inspect_in_child\n"
        "inspect_in_child(Path(sys.argv[1]))"
    )
    env = os.environ | {"TMPDIR": str(temp)}
    with subprocess.Popen([sys.executable, "-c", code, str(model)], env=env) as parent:
        wait_until(lambda: bool(_children(parent.pid)))
        (child,) = _children(parent.pid)
        wait_until(lambda: _processor_time(child) > 1.0)  # the model runs
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_running(child))
    assert len(os.listdir(temp)) == 1
    status = [sys.executable, "-m", "finder", "status", "--home", str(tmp_path / "home")]
    subprocess.run(status, env=env, check=False, capture_output=True)  # there is no library yet


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
