"""Child processes without the second that it takes to import the program: each is a fork of a
process that has imported it, and is otherwise like a fresh one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent
_PARENT = """
import gc, importlib, json, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
gc.freeze()
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        break
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
for number, name in enumerate([os.devnull, asked["out"], asked["err"]]):
    opened = os.open(name, os.O_WRONLY if number else os.O_RDONLY)
    os.dup2(opened, number)
    os.close(opened)
os.environ.clear()
os.environ.update(asked["env"])
sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
sys.argv = ["-c", *asked["arguments"]]
exec(asked["code"])
"""
IMPORTED = (
    "finder.cli.run",
    "finder.cli.arguments",
    "finder.core.library.writer",
    "finder.core.library.check.full_check",
    "finder.core.library.indexing.index_run",
    "finder.core.library.vectors.milvus_lite",
    "finder.core.models.runtime.session",
    "finder.core.search.searcher",
    "finder.use_cases.search.library_search",
    "finder.workers.worker_pools",
)
"""Not milvus_lite itself: some tests exchange it."""
WINDOW = (
    *("finder.app", "finder.cli.parsers", "finder.gui.shell.conductor", "PySide6.QtSvg"),
    *(
        "finder.gui.shell.controllers",
        "finder.gui.shell.main_area",
        "finder.gui.shell.startup_error",
    ),
    *("finder.jobs.instance_socket", "finder.jobs.workspace", "finder.core.library.name_search"),
    *("finder.core.library.indexing.index_run", "finder.core.library.writer"),
    *("finder.core.library.vectors.lean_engine", "finder.core.library.vectors.milvus_lite"),
    *("finder.core.models.runtime.extractor", "finder.core.models.runtime.session"),
    *("finder.use_cases.library.index_folders", "finder.use_cases.library.library_pictures"),
    *("finder.workers.folder_observer", "milvus_lite", "milvus_lite.adapter.grpc.servicer"),
    *("pymilvus.grpc_gen.milvus_pb2_grpc", "pyarrow.dataset", "pillow_heif"),
    *("PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.TiffImagePlugin", "PIL.WebPImagePlugin"),
)
"""What the window imports at the latest when it indexes."""
PROGRAM = """
from finder.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
"""Code that is `image-finder` with these arguments."""


class ForkedProcesses:
    """One child process after the other. folder: for their output. imported: what all of them
    have imported."""

    def __init__(self, folder: Path, imported: Sequence[str] = IMPORTED) -> None:
        self._out, self._err = folder / "out", folder / "err"
        self._child: int | None = None
        self._parent = subprocess.Popen(
            [sys.executable, "-c", _PARENT, *imported],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([os.getcwd(), str(_TESTS)])},
        )

    def run(
        self, code: str, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Like `subprocess.run([sys.executable, "-c", code, *arguments])`, with `sys` imported.
        env: added to the environment."""
        self.start(code, *arguments, env=env)
        return self.wait()

    def start(
        self, code: str, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> None:
        """Begin one, to be killed or waited for. One that a failed test has left is killed."""
        if self._child is not None:
            self.kill()
            self.wait()
        for path in (self._out, self._err):
            path.write_bytes(b"")
        asked = {
            "code": code,
            "arguments": list(map(str, arguments)),
            "env": os.environ | (env or {}),
            "out": str(self._out),
            "err": str(self._err),
        }
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(asked) + "\n")
        self._parent.stdin.flush()
        self._child = self._answer()

    def kill(self) -> None:
        """End the one that was begun as a power cut would, unless it has just ended by itself."""
        assert self._child is not None
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)

    def wait(self) -> subprocess.CompletedProcess[str]:
        """The end of the one that was begun; −9 if it was killed."""
        code = self._answer()
        self._child = None
        return subprocess.CompletedProcess(
            "forked", code, self._out.read_text(), self._err.read_text()
        )

    def close(self) -> None:
        self._parent.communicate()

    def _answer(self) -> int:
        assert self._parent.stdout is not None
        return int(self._parent.stdout.readline())


def _needs_fork() -> None:
    if not hasattr(os, "fork"):
        pytest.skip("the system has no fork")


@pytest.fixture(scope="session")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedProcesses]:
    _needs_fork()
    processes = ForkedProcesses(tmp_path_factory.mktemp("forked"))
    yield processes
    processes.close()


@pytest.fixture(scope="session")
def decoders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedProcesses]:
    """Whose memory is measured: they have imported what decodes, and nothing else."""
    _needs_fork()
    imported = ("finder.core.errors", "finder.core.pictures.decode")
    processes = ForkedProcesses(tmp_path_factory.mktemp("decoders"), imported)
    yield processes
    processes.close()


@pytest.fixture(scope="session")
def loaded_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedProcesses]:
    """Processes that have imported the window."""
    _needs_fork()
    processes = ForkedProcesses(tmp_path_factory.mktemp("loaded"), WINDOW)
    yield processes
    processes.close()
