"""With a limit on address space a run works or ends with a sentence; it never aborts or hangs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import command
from making import assert_in_step, copied

from finder.core.paths import Home
from finder.core.system.memory import MIN_ADDRESS_SPACE

if sys.platform == "win32":
    pytest.skip("Windows has no such limit", allow_module_level=True)


def index_within(limit: int, home: Home, folder: Path) -> subprocess.CompletedProcess[str]:
    """The limit is set by a shell: `preexec_fn` would fork this process, in which gRPC may run."""
    limited = ["sh", "-c", f'ulimit -v {-(-limit // 1024)}; exec "$@"', "sh"]
    return subprocess.run(
        [*limited, *command("index", "--model", "vgg16", folder, home=home)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("limit", [700_000_000, 1_000_000_000, 1_800_000_000, 2_900_000_000])
def test_too_little_memory_is_reported(home: Home, samples: Path, limit: int) -> None:
    ended = index_within(limit, home, samples)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("image-finder: This process may use ")
    assert "ulimit -v unlimited" in line


def test_the_least_is_enough(home: Home, samples: Path, tmp_path: Path) -> None:
    folder = copied(sorted(samples.glob("birds/*.jpg"))[:3], tmp_path / "p")[0].parent
    ended = index_within(MIN_ADDRESS_SPACE, home, folder)
    assert ended.returncode == 0, ended.stderr
    assert len(assert_in_step(home, "vgg16")) == 3
