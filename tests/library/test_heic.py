"""HEIC pictures in a library."""

from __future__ import annotations

import shutil
from pathlib import Path

from making import assert_in_step, run_index

from finder.core.errors import Reason
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.indexing.progress import Counts
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import decode

_SAMPLE = Path(__file__).parents[1] / "pictures" / "heic" / "scarlet-macaw.heic"


def test_what_an_older_version_skipped_for_lack_of_a_library_is_read(
    home: Home, tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture = Path(shutil.copy(_SAMPLE, folder))
    facts = picture.stat()
    with LibraryWriter(home) as writer, writer.catalogue.transaction():
        writer.catalogue.files.put(
            FileRecord(str(picture), facts.st_size, facts.st_mtime_ns, None, Reason.NEEDS_HEIF)
        )
    assert run_index(home, [folder], [fast_spec], extractors).counts == Counts(new=1)
    assert len(assert_in_step(home, fast_spec.name)) == 1
    assert run_index(home, [folder], [fast_spec], extractors).counts == Counts(unchanged=1)


def test_the_sample_is_upright_and_dated() -> None:
    decoded = decode(_SAMPLE.read_bytes(), 100)
    assert (decoded.facts.format, decoded.facts.taken) == ("HEIF", "2021-03-04 05:06:07")
    assert decoded.facts.width > decoded.facts.height
