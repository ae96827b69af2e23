"""How large a library is on the disk."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from finder.core.paths import Home
from finder.use_cases.preferences import library_size


def test_the_size_is_that_of_all_files(indexed_samples: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "library")
    shutil.copytree(indexed_samples.root, home.root)
    files = [path for path in home.root.rglob("*") if path.is_file()]
    size = library_size(home)
    assert size.whole == sum(path.stat().st_size for path in files)
    shown = [path for path in (home.thumbnails, home.local_features) if path.exists()]
    assert size.thumbnails == sum(path.stat().st_size for path in shown)
    assert size.vectors > 80 * 1_280 * 4
    assert size.models == 0
    home.models.mkdir()
    (home.models / "model.onnx").write_bytes(bytes(1_234))
    assert library_size(home).models == 1_234
    assert library_size(home).whole == size.whole + 1_234


def test_links_are_not_followed_and_nothing_is_no_error(home: Home, tmp_path: Path) -> None:
    assert library_size(home).whole == 0
    large = tmp_path / "elsewhere"
    large.write_bytes(bytes(100_000))
    home.root.mkdir()
    subprocess.run(["ln", "-s", str(large), str(home.root / "link")], check=True)
    assert library_size(home).whole < 10_000
