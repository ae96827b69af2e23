"""Running the command line as a user does: a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from finder.cli.arguments import parse
from finder.cli.run import run_command
from finder.core.paths import Home

_HOLD = """
import sys
from pathlib import Path
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
with LibraryWriter(Home(Path(sys.argv[1]))):
    print("holding", flush=True)
    sys.stdin.read()
"""


def command(*words: str | Path, home: Home | None = None) -> list[str]:
    """image-finder with these words; with --home at the end if one is given."""
    named = ["--home", str(home.root)] if home else []
    return [sys.executable, "-m", "finder", *map(str, words), *named]


def begun_by_script(folder: Path) -> list[str]:
    """The begin of a command line as an installed `image-finder` has it; the script is written
    below the folder."""
    script = folder / "bin" / "image-finder"
    script.parent.mkdir(exist_ok=True)
    script.write_text("import sys\nfrom finder.__main__ import main\nsys.exit(main())\n")
    return [sys.executable, str(script)]


def run(
    *words: str | Path,
    home: Home | None = None,
    env: dict[str, str] | None = None,
    here: bool = False,
) -> subprocess.CompletedProcess[str]:
    """What comes of the command. here: in this process, which spares the start of Python and of
    ONNX Runtime; for commands that only read."""
    if here:
        return run_here(*words, home=home)
    return subprocess.run(
        command(*words, home=home),
        capture_output=True,
        text=True,
        env=os.environ | (env or {}),
        check=False,
    )


def run_here(*words: str | Path, home: Home | None = None) -> subprocess.CompletedProcess[str]:
    """The same in this process, from the parsing of the words to the exit code."""
    args = [*map(str, words), *(["--home", str(home.root)] if home else [])]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = run_command(parse(args))
        except SystemExit as end:  # argparse
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return subprocess.CompletedProcess(args, code, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


def refused(*words: str | Path, home: Home | None = None, code: int = 1, here: bool = False) -> str:
    """What stderr says of a command that cannot be done; stdout says nothing."""
    done = run(*words, home=home, here=here)
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def done(*words: str | Path, home: Home | None = None, here: bool = False) -> str:
    """What stdout says of a command that was done."""
    ended = run(*words, home=home, here=here)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@contextmanager
def held(home: Home) -> Iterator[int]:
    """While another process, the one with this id, writes to the library."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        yield holder.pid
        holder.communicate("")
