"""Models of the catalogue that understand words: several files, or one with both towers, become one
model; and one that is installed gets its words later."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from offered_words import files_like, offered_with
from serving import Site, answer

from finder.core.errors import FinderError
from finder.core.models.downloads.installation import install, tidy_downloads
from finder.core.models.downloads.offers import Offer, catalogue_file, find_offer, read_offers
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.known_files import is_known, is_text_known
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.web.partial_file import partial_file_size
from finder.core.web.remote_file import DownloadProgress, Stage

OFFERS = [offer for offer in read_offers(catalogue_file()) if offer.text is not None]
EACH = pytest.mark.parametrize("offer", OFFERS, ids=[offer.spec.name for offer in OFFERS])
CLIP = find_offer(OFFERS, "clip-vit-b32")


def served(site: Site, offer: Offer) -> Offer:
    """The offer, of small files that the site has."""
    contents = files_like(offer)
    for number, content in enumerate(contents):
        site.pages[f"/{number}"] = answer(content, "application/octet-stream")
    return offered_with(offer, contents, site.root)


def written(folder: Path, offer: Offer) -> tuple[Offer, list[Path]]:
    """The offer, of small files in the folder."""
    contents = files_like(offer)
    paths = [folder / f"{number}.file" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return offered_with(offer, contents, "https://example.com"), paths


def steps_of(home: Home, offer: Offer, *given: Path) -> list[DownloadProgress]:
    steps = list(install(home, offer, given))
    assert steps[-1].stage is Stage.DONE
    return steps


def pictures_only(home: Home, offer: Offer, files: list[Path]) -> ModelSpec:
    """Installed from a catalogue that had no words for it yet."""
    without = replace(offer, text=None, spec=replace(offer.spec, text=None))
    steps_of(home, without, files[0])
    spec = load_spec(home.models / offer.spec.name)
    assert spec.text is None
    return spec


# All files at once


@EACH
def test_downloaded_files_become_one_model(home: Home, site: Site, offer: Offer) -> None:
    offer = served(site, offer)
    steps_of(home, offer)
    spec = load_spec(home.models / offer.spec.name)
    assert is_known(home, spec)
    assert is_text_known(home, spec)
    with closing(ExtractorPool()) as pool:
        photo = pool.text(spec).embed_text("a photo of a cat")
        other = pool.text(spec).embed_text("a red castle")
    assert photo.shape == (spec.dimension,)
    assert np.linalg.norm(photo) == pytest.approx(1.0)
    assert not np.allclose(photo, other)
    assert os.listdir(home.downloads) == ["lock"]


def test_only_the_wanted_tower_is_kept_of_a_file_with_both(home: Home, site: Site) -> None:
    offer = served(site, find_offer(OFFERS, "tinyclip-vit-8m"))
    steps_of(home, offer)
    spec = load_spec(home.models / offer.spec.name)
    assert spec.text is not None
    assert spec.text.file.stat().st_size + spec.file.stat().st_size < 1.1 * (offer.file.size or 0)


def test_the_recommended_one_understands_many_languages() -> None:
    assert OFFERS[0].spec.name == "siglip2-b16-224"
    assert (OFFERS[0].spec.text and OFFERS[0].spec.text.scale) == pytest.approx(112.669, abs=1e-3)


def test_one_bar_shows_all_files(home: Home, site: Site) -> None:
    offer = served(site, CLIP)
    loading = [step for step in steps_of(home, offer) if step.stage is Stage.LOADING]
    done = [step.done for step in loading]
    assert {step.total for step in loading} == {offer.size}
    assert done == sorted(done)
    assert done[-1] == offer.size


def test_a_cancelled_installation_goes_on_with_the_next_file(home: Home, site: Site) -> None:
    offer = served(site, CLIP)
    with closing(install(home, offer)) as steps:
        while next(steps).done <= (offer.file.size or 0):
            pass
    assert partial_file_size(home.downloads, offer.file.sha256) == offer.file.size
    before = len(site.seen)
    steps_of(home, offer)
    assert "/0" not in site.asked()[before:]


# The user's own copies


def test_copies_are_recognised_in_any_order(home: Home, tmp_path: Path) -> None:
    offer, files = written(tmp_path, CLIP)
    steps_of(home, offer, *reversed(files))
    assert load_spec(home.models / "clip-vit-b32").text is not None
    assert not home.downloads.exists()
    assert all(file.exists() for file in files)


def test_a_copy_that_is_missing_is_named(home: Home, tmp_path: Path) -> None:
    offer, files = written(tmp_path, CLIP)
    with pytest.raises(FinderError, match="made of 3 files, and 1 of them is not among") as caught:
        steps_of(home, offer, *files[:2])
    assert "https://example.com/2" in caught.value.hint
    assert not home.models.exists()


def test_a_copy_that_changes_meanwhile_is_not_trusted(home: Home, tmp_path: Path) -> None:
    offer, files = written(tmp_path, CLIP)
    steps = install(home, offer, files)
    with pytest.raises(FinderError, match="has changed while it was installed"):
        for step in steps:
            if step.stage is Stage.PREPARING:
                files[0].write_bytes(files[0].read_bytes()[:-1] + b"x")
    assert not home.models.exists()


# Words for a model that is installed


def test_words_come_later_and_the_pictures_vectors_stay(home: Home, tmp_path: Path) -> None:
    offer, files = written(tmp_path, CLIP)
    before = pictures_only(home, offer, files)
    steps_of(home, offer, *files[1:])
    after = load_spec(home.models / "clip-vit-b32")
    assert after.text is not None
    assert replace(after, text=None) == before
    assert is_text_known(home, after)
    with closing(ExtractorPool()) as pool:
        assert pool.text(after).embed_text("a cat").shape == (512,)


def test_only_the_words_are_downloaded(home: Home, site: Site, tmp_path: Path) -> None:
    offer, files = written(tmp_path, CLIP)
    pictures_only(home, offer, files)
    steps_of(home, served(site, CLIP))
    assert set(site.asked()) == {"/1", "/2"}


def test_it_happens_once(home: Home, tmp_path: Path) -> None:
    offer, files = written(tmp_path, CLIP)
    steps_of(home, offer, *files)
    with pytest.raises(FinderError, match="already a model called “clip-vit-b32”"):
        next(install(home, offer))


def test_another_model_of_that_name_gets_no_words(home: Home, tmp_path: Path) -> None:
    offer, files = written(tmp_path, CLIP)
    own = replace(offer, spec=replace(offer.spec, source="my own"))
    pictures_only(home, own, files)
    with pytest.raises(FinderError, match="already a model called “clip-vit-b32”"):
        next(install(home, offer))


def test_unfinished_words_are_kept_and_finished_ones_removed(home: Home, tmp_path: Path) -> None:
    offer, files = written(tmp_path, CLIP)
    pictures_only(home, offer, files)
    home.downloads.mkdir()
    for file in offer.files:
        (home.downloads / f"{file.sha256}.part").write_bytes(b"x")
    tidy_downloads(home, [offer])
    left = {path.stem for path in home.downloads.iterdir()}
    assert left == {file.sha256 for file in offer.text_files}
