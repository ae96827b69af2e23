"""The program in a process of its own that need not load everything anew.

Most of the time of a test that starts the program goes into loading Qt, ONNX Runtime and Milvus.
Here one process loads them, and each program is a fork of it: it ends as any other process does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

_SERVE = """
import gc, json, os, subprocess, sys
from importlib import import_module

for name in sys.argv.pop(1).split():
    import_module(name)
gc.freeze()

def send_output_to(path):
    for number in (1, 2):
        os.dup2(os.open(f"{path}.{number}", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), number)

def fork(code, words, output):
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    send_output_to(output)
    sys.argv[1:] = words
    exec(code, {"__name__": "__main__"})
    sys.exit()

def start(code, words, output):  # where there is no fork
    with open(output + ".1", "wb") as out, open(output + ".2", "wb") as errors:
        return subprocess.call([sys.executable, "-c", code, *words], stdout=out, stderr=errors)

for line in sys.stdin:
    print((fork if hasattr(os, "fork") else start)(*json.loads(line)), flush=True)
"""
_LOADED = """
finder.app finder.cli.parsers finder.gui.shell.conductor finder.gui.shell.controllers
finder.gui.shell.startup_error finder.jobs.instance_socket finder.jobs.workspace
finder.core.library.indexing.index_run finder.core.library.writer finder.core.library.name_search
finder.core.library.vectors.lean_engine finder.core.library.vectors.milvus_lite
finder.core.models.runtime.extractor finder.core.models.runtime.session
finder.use_cases.library.index_folders finder.use_cases.library.library_pictures
finder.workers.folder_observer milvus_lite milvus_lite.adapter.grpc.servicer
pymilvus.grpc_gen.milvus_pb2_grpc pyarrow.dataset
PIL.JpegImagePlugin PIL.PngImagePlugin PIL.TiffImagePlugin PIL.WebPImagePlugin PIL.AvifImagePlugin
pillow_heif PySide6.QtSvg
"""
"""Modules, each imported by the program at the latest when it indexes."""


class LoadedProgram:
    """A process that has loaded the program, and runs code in forks of itself."""

    def __init__(self, folder: Path) -> None:
        self._output = folder / "output"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, _LOADED],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, code: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the code as `python -c CODE WORDS` would, until it ends."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([code, words, str(self._output)]) + "\n")
        self._process.stdin.flush()
        ended = int(self._process.stdout.readline())
        out, errors = (Path(f"{self._output}.{number}").read_text() for number in (1, 2))
        return subprocess.CompletedProcess(words, ended, out, errors)

    def end(self) -> None:
        """Kill what still runs, and wait."""
        with suppress(OSError, AttributeError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="session")
def loaded_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadedProgram]:
    program = LoadedProgram(tmp_path_factory.mktemp("loaded"))
    yield program
    program.end()
