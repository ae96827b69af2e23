"""In the window's model manager, an installed model gets its words, and a new one has several
files."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from model_manager import Manager, opened
from offered_words import files_like, offered_with
from playing import FAST, Begin, visible_text
from serving import Site, answer

from finder.core.models.downloads.installation import install
from finder.core.models.downloads.offers import Offer, catalogue_file, find_offer, read_offers
from finder.core.models.manifest import load_spec
from finder.core.paths import Home
from finder.gui.models.model_view import ModelCommand
from finder.use_cases.models import install_model, models_overview

CLIP = "clip-vit-b32"
OFFER = find_offer(read_offers(catalogue_file()), CLIP)


@pytest.fixture
def served(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """CLIP with small files, in a catalogue of its own."""
    contents = files_like(OFFER)
    for number, content in enumerate(contents):
        site.pages[f"/{number}"] = answer(content, "application/octet-stream")
    text = catalogue_file().read_text(encoding="utf-8")
    (entry,) = (one for one in text.split("[[model]]") if f'name = "{CLIP}"' in one)
    for number, content in enumerate(contents):
        for key, value in (
            ("sha256", hashlib.sha256(content).hexdigest()),
            ("urls", [f"{site.root}/{number}"]),
        ):
            entry = re.sub(
                rf"^{key} = (\"\w+\"|\[.*?\n\])",
                f"new {key} = {json.dumps(value)}",
                entry,
                count=1,
                flags=re.DOTALL | re.MULTILINE,
            )
        entry = re.sub(
            r"^bytes = \d+", f"new bytes = {len(content)}", entry, count=1, flags=re.MULTILINE
        )
    path = tmp_path / "catalogue.toml"
    path.write_text("format = 1\n[[model]]" + entry.replace("new ", ""), encoding="utf-8")
    for module in (install_model, models_overview):
        monkeypatch.setattr(module, "catalogue_file", lambda: path)
    return offered_with(OFFER, contents, site.root)


def test_an_installed_model_gets_its_words(
    begin: Begin, bird_library: Home, served: Offer, no_proxy: None, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.onnx"
    picture.write_bytes(files_like(OFFER)[0])
    without = replace(served, text=None, spec=replace(served.spec, text=None))
    list(install(bird_library, without, [picture]))
    before = load_spec(bird_library.models / CLIP)
    player = begin(bird_library, FAST)
    manager = Manager(player, opened(player), b"")
    manager.choose(CLIP)
    manager.wait_for_text("nothing is indexed again")
    assert manager.dialog.page.buttons[ModelCommand.INSTALL].text() == "Add words…"
    manager.press(ModelCommand.INSTALL)
    words = manager.agree("Download")
    assert "Download the words of CLIP ViT-B/32 from 127.0.0.1?" in words
    assert "What is indexed stays as it is." in words
    manager.wait_for_text("CLIP ViT-B/32 understands words now.")
    manager.wait_for_text("of the files are for them")
    assert not manager.offers(ModelCommand.INSTALL)
    after = load_spec(bird_library.models / CLIP)
    assert after.text is not None
    assert replace(after, text=None) == before


def test_all_files_of_a_model_are_taken_from_the_disk(
    begin: Begin, bird_library: Home, served: Offer, tmp_path: Path
) -> None:
    player = begin(bird_library, FAST)
    manager = Manager(player, opened(player), b"")
    files = [tmp_path / f"{number}.file" for number in range(3)]
    for file, content in zip(files, files_like(OFFER), strict=True):
        file.write_bytes(content)
    manager.choose(CLIP)
    player.wait(lambda: "I have the files…" in visible_text(manager.dialog.page))
    manager.give(*files[:2])
    manager.wait_for_text("and 1 of them is not among these")
    manager.give(*files)
    manager.wait_for_text("CLIP ViT-B/32 is installed.")
    assert load_spec(bird_library.models / CLIP).text is not None
