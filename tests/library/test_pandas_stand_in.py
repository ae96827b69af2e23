"""The vector store works without loading pandas, which costs every start 0.2 s."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_USES_THE_STORE = """
import sys
from pathlib import Path
import numpy as np
from making import fill, tiny_spec, unit_vectors
from finder.core.paths import Home
fill(Home(Path(sys.argv[1])), [tiny_spec()], range(5),
     {"tiny": unit_vectors(np.random.default_rng(1), 5, 8)})
print("pandas" in sys.modules)
import pandas
print(len(pandas.DataFrame({"x": [1, 2]})))
"""


def test_storing_vectors_does_not_load_pandas(tmp_path: Path) -> None:
    """The real one can still be imported afterwards."""
    done = subprocess.run(
        [sys.executable, "-c", _USES_THE_STORE, f"{tmp_path}/home"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["False", "2"], done.stderr
