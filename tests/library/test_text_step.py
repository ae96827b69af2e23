"""Text in pictures while indexing: what is read, what goes on later, what fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from making import run_index
from PIL import Image
from stored_files import Picture, Place, store
from written_pictures import saved, written

from finder.core.errors import FinderError, Reason, SkippedPicture
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.catalogue.tables.recognised_table import RecognisedTextTable, TextCounts
from finder.core.library.indexing import text_step
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts, Phase, Progress
from finder.core.library.indexing.summary import has_news, summary
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.transform import Box
from finder.core.text_recognition.read_line import ReadLine
from finder.use_cases.library import text_in_pictures
from finder.use_cases.library.library_overview import change_settings
from finder.use_cases.library.removed_pictures import remove_pictures
from finder.use_cases.library.text_in_pictures import (
    ReadingEstimate,
    estimate_reading,
    forget_text,
    switch_text,
    text_of,
)
from finder.workers.worker_pools import worker_pool

Run = Callable[[], Progress]
Estimated = Callable[[], ReadingEstimate | None]
PICTURES = 6


class Reader:
    """Reads the picture's width. failing: widths of pictures that it fails on."""

    def __init__(self, engine: str = "made 1") -> None:
        self.engine = engine
        self.failing: dict[int, Reason] = {}
        self.read_widths: list[int] = []

    def read(self, image: Image.Image) -> tuple[ReadLine, ...]:
        self.read_widths.append(image.width)
        if image.width in self.failing:
            raise SkippedPicture(self.failing[image.width])
        return (ReadLine(f"width {image.width}", Box(0, 0, 1, 0.5), 0.99),)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    made = Reader()
    monkeypatch.setattr(text_step, "open_reader", lambda: made)
    monkeypatch.setattr(text_step, "engine_name", lambda: made.engine)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(PICTURES):
        page = written([f"page {number}"], width=300 + number)
        saved(page, tmp_path / "pages" / f"{number}.png")
    return tmp_path / "pages"


@pytest.fixture
def run(home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool) -> Run:
    """Indexes the folder; text is switched on."""
    with closing(Catalogue(home)):
        change_settings(home, {"text_in_pictures": True})
    return lambda: run_index(home, [folder], [small_spec], extractors)


@pytest.fixture
def opened(home: Home) -> Iterator[Catalogue]:
    with closing(Catalogue(home)) as catalogue:
        yield catalogue


def counts(home: Home) -> TextCounts:
    with closing(Catalogue(home)) as catalogue:
        return catalogue.recognised_text.counts()


def texts(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        pictures = [file.picture for file in catalogue.files.below("/")]
        found = catalogue.recognised_text.get(p for p in pictures if p is not None)
        return sorted(text.text for text in found.values())


def test_every_picture_is_read_once(run: Run, home: Home, reader: Reader) -> None:
    last = run()
    assert last.counts == Counts(new=PICTURES, read=PICTURES)
    assert summary(last) == "6 pictures indexed, 6 read for text."
    assert texts(home) == [f"width {300 + number}" for number in range(PICTURES)]
    again = run()
    assert again.counts == Counts(unchanged=PICTURES)
    assert not has_news(again)
    assert len(reader.read_widths) == PICTURES


def test_it_is_off_by_default(
    home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool, reader: Reader
) -> None:
    last = run_index(home, [folder], [small_spec], extractors)
    assert last.counts == Counts(new=PICTURES)
    assert reader.read_widths == []
    assert counts(home) == TextCounts()


def test_pictures_that_are_indexed_already_are_read_too(
    home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool, reader: Reader
) -> None:
    run_index(home, [folder], [small_spec], extractors)
    change_settings(home, {"text_in_pictures": True})
    last = run_index(home, [folder], [small_spec], extractors)
    assert last.counts == Counts(unchanged=PICTURES, read=PICTURES)
    assert summary(last) == "6 pictures were read for text."
    assert has_news(last)


def test_a_run_that_was_stopped_goes_on(
    home: Home,
    folder: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    reader: Reader,
    run: Run,
) -> None:
    with LibraryWriter(home) as writer, worker_pool(1) as executors:
        steps = index(writer, [str(folder)], [small_spec], extractors, executors)
        for step in steps:
            if step.phase is Phase.READING and step.done >= 1:
                break
        steps.close()
    stored = counts(home).looked_at
    assert stored >= 1, "what was finished is kept"
    assert run().counts == Counts(unchanged=PICTURES, read=PICTURES - stored)
    assert counts(home) == TextCounts(PICTURES, PICTURES)


def test_progress_counts_pictures(run: Run, home: Home, reader: Reader, folder: Path) -> None:
    seen: list[Progress] = []
    with LibraryWriter(home) as writer, worker_pool(1) as executors:
        from finder.core.models.registry import list_models

        specs, _ = list_models(home.model_dirs())
        pixels = [spec for spec in specs if spec.name == "pixels"]
        seen += index(writer, [str(folder)], pixels, ExtractorPool(), executors)
    reading = [step for step in seen if step.phase is Phase.READING]
    assert {step.total for step in reading} == {PICTURES}
    assert [reading[0].done, reading[-1].done] == [0, PICTURES]
    assert seen.index(reading[0]) > max(
        number for number, step in enumerate(seen) if step.phase is Phase.EXTRACTING
    ), "pictures are found by their looks first"


def test_another_engine_reads_everything_again(run: Run, home: Home, reader: Reader) -> None:
    run()
    reader.engine = "made 2"
    assert run().counts == Counts(unchanged=PICTURES, read=PICTURES)
    assert counts(home).looked_at == PICTURES


def test_copies_and_changed_files(run: Run, home: Home, reader: Reader, folder: Path) -> None:
    run()
    (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
    saved(written(["another text"], width=500), folder / "1.png")
    last = run()
    assert (last.counts.copies, last.counts.new, last.counts.read) == (1, 1, 1)
    assert "width 500" in texts(home)
    assert "width 301" not in texts(home)
    assert counts(home).looked_at == PICTURES


def test_a_failure_is_stored_and_not_tried_again(run: Run, home: Home, reader: Reader) -> None:
    reader.failing = {301: Reason.MODEL_ERROR}
    assert run().counts.read == PICTURES
    assert counts(home) == TextCounts(PICTURES, PICTURES - 1, 1)
    assert run().counts.read == 0
    reader.failing = {}
    change_settings(home, {"text_in_pictures": False})
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.recognised_text.remove_failed()
    change_settings(home, {"text_in_pictures": True})
    assert run().counts.read == 1
    assert counts(home) == TextCounts(PICTURES, PICTURES)


def test_too_little_memory_may_be_better_the_next_time(
    run: Run, home: Home, reader: Reader
) -> None:
    reader.failing = {301: Reason.OUT_OF_MEMORY}
    assert run().counts.read == PICTURES - 1
    reader.failing = {}
    assert run().counts.read == 1


def test_it_stops_where_nearly_all_fail(run: Run, home: Home, reader: Reader, folder: Path) -> None:
    for number in range(60):
        saved(written(["more"], width=400 + number), folder / f"more-{number}.png")
    reader.failing = dict.fromkeys(range(300, 500), Reason.MODEL_ERROR)
    last = run()
    assert 20 <= last.counts.read < 60
    assert last.notes[0].startswith("Text could not be read in ")
    assert last.counts.new == PICTURES + 60, "the models are not affected"


def test_what_reads_is_not_installed(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise FinderError("It is not installed.", "Install it: pip")

    monkeypatch.setattr(text_step, "engine_name", missing)
    last = run()
    assert last.counts == Counts(new=PICTURES)
    assert last.notes == ("It is not installed. Install it: pip",)


def test_folders_that_are_away_are_left_out(
    run: Run, home: Home, reader: Reader, folder: Path
) -> None:
    reader.failing = dict.fromkeys(range(300, 310), Reason.OUT_OF_MEMORY)
    run()
    folder.rename(folder.with_name("unplugged"))
    reader.read_widths.clear()
    last = run()
    assert last.offline == (str(folder),)
    assert reader.read_widths == []
    assert counts(home) == TextCounts()


def test_removed_pictures_lose_their_text(run: Run, home: Home, reader: Reader) -> None:
    run()
    with closing(Catalogue(home)) as catalogue:
        picture = next(f.picture for f in catalogue.files.below("/") if f.picture is not None)
    remove_pictures(home, [picture], "a test")
    assert counts(home).looked_at == PICTURES - 1
    assert text_of(home, picture) is None
    assert run().counts == Counts(unchanged=PICTURES), "and are not read again"


def test_switched_off_the_text_is_kept_until_it_is_forgotten(
    run: Run, home: Home, reader: Reader, folder: Path
) -> None:
    run()
    switch_text(home, False)
    saved(written(["new"], width=700), folder / "new.png")
    assert run().counts == Counts(unchanged=PICTURES, new=1)
    assert counts(home).looked_at == PICTURES
    assert forget_text(home, "a test") == PICTURES
    assert counts(home) == TextCounts()


def test_a_run_under_way_ends_reading_once_it_is_switched_off(
    run: Run, home: Home, folder: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_step, "_BATCH_SECONDS", 0.0)
    for number in range(40):
        saved(written(["more"], width=400 + number), folder / f"more-{number}.png")
    read = reader.read

    def switched_off_meanwhile(image: Image.Image) -> tuple[ReadLine, ...]:
        if not reader.read_widths:
            switch_text(home, False)
        return read(image)

    monkeypatch.setattr(reader, "read", switched_off_meanwhile)
    last = run()
    assert last.counts.new == PICTURES + 40
    assert 1 <= last.counts.read < PICTURES + 40
    assert counts(home).looked_at == last.counts.read, "what was read is kept"
    switch_text(home, True)
    assert run().counts.read == PICTURES + 40 - last.counts.read


def test_a_damaged_row_counts_as_no_text(run: Run, home: Home, reader: Reader) -> None:
    run()
    with closing(Catalogue(home)) as catalogue:
        catalogue.connection.execute("UPDATE recognised_text SET lines = '[[1'")
        picture = next(f.picture for f in catalogue.files.below("/") if f.picture is not None)
    read = text_of(home, picture)
    assert read is not None
    assert read.lines == ()


def test_forgetting_it_and_switching_it_off_are_one_step(
    run: Run, home: Home, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()

    def fail(self: RecognisedTextTable) -> None:
        raise FinderError("the disk is full")

    monkeypatch.setattr(RecognisedTextTable, "clear", fail)
    with pytest.raises(FinderError, match="the disk is full"):
        forget_text(home, "a test")
    with closing(Catalogue(home)) as catalogue:
        assert load_settings(catalogue).text_in_pictures
    assert counts(home).looked_at == PICTURES


# How long it takes


@pytest.fixture
def estimated(home: Home, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Estimated:
    monkeypatch.setattr(text_in_pictures, "require_installed", lambda: None)
    monkeypatch.setattr(text_in_pictures, "import_deferred", lambda name: None)
    monkeypatch.setattr(text_in_pictures, "open_reader", lambda: reader)
    monkeypatch.setattr(text_in_pictures, "engine_name", lambda: reader.engine)
    return lambda: [*estimate_reading(home, "a test")][-1]


def test_pictures_in_folders_that_are_offline_do_not_count_in_the_estimate(
    run: Run, home: Home, reader: Reader, estimated: Estimated, tmp_path: Path
) -> None:
    change_settings(home, {"text_in_pictures": False})
    run()
    away = str(tmp_path / "away")
    store(home, [Picture(n, [Place(f"{away}/{n}.jpg")]) for n in range(100)])
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.folders.add(away)
    estimate = estimated()
    assert estimate is not None
    assert estimate.pictures == PICTURES
    assert estimate.per_picture is not None
    assert len(reader.read_widths) == PICTURES


def test_other_pictures_are_measured_in_place_of_those_that_cannot_be_read(
    run: Run, home: Home, folder: Path, reader: Reader, estimated: Estimated
) -> None:
    change_settings(home, {"text_in_pictures": False})
    run()
    lost = [Place(str(folder / f"lost {n}.jpg")) for n in range(20)]
    store(home, [Picture(n, [place]) for n, place in enumerate(lost)])
    estimate = estimated()
    assert estimate is not None
    assert estimate.pictures == PICTURES + 20
    assert len(reader.read_widths) == PICTURES


def test_a_file_that_was_replaced_by_a_link_is_not_measured(
    run: Run, home: Home, folder: Path, reader: Reader, estimated: Estimated
) -> None:
    change_settings(home, {"text_in_pictures": False})
    run()
    folder.joinpath("0.png").rename(folder.parent / "elsewhere.png")
    (folder / "0.png").symlink_to(folder.parent / "elsewhere.png")
    assert estimated() is not None
    assert len(reader.read_widths) == PICTURES - 1
