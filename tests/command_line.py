"""Running the command line: in this process, or in its own as a user does."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from unittest.mock import patch

from finder.cli.arguments import parse
from finder.cli.run import run_command
from finder.core.paths import Home

_HOLD_LOCK = """
import sys
from pathlib import Path
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
with LibraryWriter(Home(Path(sys.argv[1]))):
    print("locked", flush=True)
    sys.stdin.read()
"""


def slow_decoder(seconds: float) -> str:
    """Code that comes before the program's own and lets it wait this long before each picture, so
    that it is in the middle of a run for long, without work."""
    return f"""
import time
from PIL import ImageFile
load = ImageFile.ImageFile.load
def load_later(image):
    time.sleep({seconds})
    return load(image)
ImageFile.ImageFile.load = load_later
"""


def command(*words: str | Path, home: Home | None = None) -> list[str]:
    """image-finder with these arguments, and --home at the end if one is given."""
    return [sys.executable, "-m", "finder", *_arguments(words, home)]


def script_command(folder: Path) -> list[str]:
    """The start of a command line that runs an installed `image-finder`; the script is written
    below the folder."""
    script = folder / "bin" / "image-finder"
    script.parent.mkdir(exist_ok=True)
    script.write_text("import sys\nfrom finder.__main__ import main\nsys.exit(main())\n")
    return [sys.executable, str(script)]


def run(*words: str | Path, home: Home | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, from parsing to the exit code. This spares starting Python,
    numpy and ONNX Runtime; `run_process` is for tests to which a process of its own matters."""
    arguments = _arguments(words, home)
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    err = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace")  # like sys.stderr
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = run_command(parse(arguments))
        except SystemExit as end:  # argparse
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return subprocess.CompletedProcess(arguments, code, _written(out), _written(err))


def run_process(
    *words: str | Path, home: Home | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own. env: added to the environment."""
    return subprocess.run(
        command(*words, home=home),
        capture_output=True,
        text=True,
        env=os.environ | (env or {}),
        check=False,
    )


def terminal_output_of(*words: str | Path, home: Home | None = None, columns: int = 80) -> str:
    """The stdout of a command on a terminal of this width; the command must succeed."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command(*words, home=home),
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=os.environ | {"COLUMNS": str(columns)},
    ) as process:
        os.close(theirs)
        shown = read_terminal(ours)
        os.close(ours)
        assert process.stderr is not None
        assert process.wait() == 0, process.stderr.read()
    return shown


def answered(answer: str, *words: str | Path, home: Home) -> tuple[int, str]:
    """Run the command in this process at a terminal, where this answer is typed. Returns the exit
    code, and what the terminal shows."""
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    with ThreadPoolExecutor(1) as reading, ExitStack() as stack:
        shown = reading.submit(read_terminal, ours)
        stack.callback(os.close, theirs)
        files = [stack.enter_context(open(theirs, mode, closefd=False)) for mode in "rww"]
        with patch.multiple(sys, stdin=files[0], stdout=files[1], stderr=files[2]):
            code = run_command(parse(_arguments(words, home)))
    os.close(ours)
    return code, shown.result()


def read_terminal(terminal: int) -> str:
    """What is shown on it until the other side is closed."""
    shown = b""
    with suppress(OSError):  # on Linux: the other side is closed
        while part := os.read(terminal, 65_536):
            shown += part
    return shown.decode().replace("\r\n", "\n")


def output_of(*words: str | Path, home: Home | None = None) -> str:
    """The stdout of a command, which must succeed."""
    ended = run(*words, home=home)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def error_of(*words: str | Path, home: Home | None = None, code: int = 1) -> str:
    """The stderr of a command, which must fail with this exit code and print nothing else."""
    return _checked_error(run(*words, home=home), code)


def process_output_of(*words: str | Path, home: Home | None = None) -> str:
    """Like `output_of`, in a process of its own."""
    ended = run_process(*words, home=home)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def process_error_of(*words: str | Path, home: Home | None = None, code: int = 1) -> str:
    """Like `error_of`, in a process of its own."""
    return _checked_error(run_process(*words, home=home), code)


@contextmanager
def locked_by_process(home: Home) -> Iterator[int]:
    """Inside, another process has the library open for writing. Yields its process id."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD_LOCK, str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        yield holder.pid
        holder.communicate("")


def _arguments(words: tuple[str | Path, ...], home: Home | None) -> list[str]:
    return [*map(str, words), *(["--home", str(home.root)] if home else [])]


def _checked_error(ended: subprocess.CompletedProcess[str], code: int) -> str:
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()
