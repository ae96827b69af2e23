"""Start and end of the real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playing import BIRD, CROP

from finder.core.paths import Home

_HEAVY = (
    *("pymilvus", "milvus_lite", "onnxruntime", "faiss", "pandas", "pyarrow", "grpc"),
    *("numpy", "PIL", "tqdm", "filelock"),
)

_SHOW = f"""
import sys, time
from finder.cli.arguments import parse
options = parse(["--home", sys.argv[1]])
from finder.app import Program, make_application, prepare
home, settings = prepare(options.home)
application = make_application()
program = Program(home, settings)
program.conductor.start()
program.window.show()
def heavy():
    return [name for name in {_HEAVY!r} if name in sys.modules]
print(heavy())
end = time.monotonic() + 30
while not program.conductor.library.overview.models and time.monotonic() < end:
    application.processEvents()
print(heavy(), len(program.conductor.library.overview.models))
program.close()
"""

_ASK = """
import sys
import finder.app
class Watched(finder.app.Program):
    def __init__(self, *given):
        super().__init__(*given)
        self.conductor.searching.answered.connect(self.tell)
    def tell(self, result, specs):
        print(result.combined[0].picture.paths[0], len(specs), flush=True)
        self.window.close()
finder.app.Program = Watched
from finder.__main__ import main
sys.exit(main(["--home", sys.argv[1], "window", sys.argv[2]]))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A temporary folder of its own: clearing another one's leftovers imports more."""
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path)}


def _python(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_window_is_up_before_anything_heavy_is_imported(
    environment: dict[str, str], library: Home
) -> None:
    done = _python(environment, "-c", _SHOW, str(library.root))
    assert done.stdout.splitlines() == ["[]", "[] 8"], done.stderr
    assert done.returncode == 0


def test_a_picture_on_the_command_line_is_searched_for(
    environment: dict[str, str], library: Home, samples: Path
) -> None:
    done = _python(environment, "-c", _ASK, str(library.root), str(samples / BIRD))
    assert done.stdout.splitlines() == [f"{samples / BIRD} 3"], done.stderr
    assert done.returncode == 0
    assert done.stderr.replace("This plugin does not support propagateSizeHints()", "") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see that the window is up")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_ends_the_window_orderly(
    environment: dict[str, str], library: Home, samples: Path, name: str
) -> None:
    command = [sys.executable, "-m", "finder", "--home", str(library.root)]
    with subprocess.Popen(
        [*command, "window", str(samples / CROP)], env=environment, stderr=subprocess.PIPE
    ) as process:
        try:
            _wait_for_handler(process.pid, signal.SIGTERM)
            time.sleep(1.0)
            process.send_signal(signal.Signals[name])
            began = time.monotonic()
            assert process.wait(20) == 0
            assert time.monotonic() - began < 8
        finally:
            process.kill()


def _wait_for_handler(process: int, number: int) -> None:
    """Until the process has a handler of its own for the signal (proc(5), SigCgt)."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        caught = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt"))
        if caught & 1 << (number - 1):
            return
        time.sleep(0.05)
    raise TimeoutError
