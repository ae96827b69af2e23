"""From a terminal: names that look like patterns or HTML, pictures too large, harmful models."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import closing
from pathlib import Path

import pytest
from command_line import error_of, output_of, run
from making import assert_in_step
from model_folders import Made, make_model
from PIL import Image

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.paths import Home

LITE0 = "efficientnet-lite0"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")
def test_names_are_literal_from_end_to_end(samples: Path, tmp_path: Path, home: Home) -> None:
    names = [
        "'; DROP TABLE file;--.jpg",
        "a\\b.jpg",
        '<b>"q"&amp;.jpg',
        "[x]*.jpg",
        "two\nlines.jpg",
        "turned\u202egpj.jpg",
        "🐈.jpg",
        "é" * 125 + ".jpg",
    ]
    picked, other = tmp_path / "100%_'", tmp_path / "100xy'"
    for folder, kind in ((picked, "birds"), (other, "cats")):
        folder.mkdir()
        sources = sorted((samples / kind).glob("*.jpg")) + sorted((samples / "fish").glob("*.jpg"))
        for name, source in zip(names, sources, strict=False):
            shutil.copy(source, folder / name)
    bad = tmp_path / "100%_'" / "<i>bad\n.jpg"
    bad.write_text("no picture")
    output_of("index", "--model", LITE0, picked, other, home=home)

    query = picked / names[0]
    answer = json.loads(output_of("search", query, "--json", "--folder", picked, home=home))
    found = {match["path"] for match in answer["models"][LITE0]}
    assert found == {str(picked / name) for name in names}
    assert answer["models"][LITE0][0]["path"] == answer["query"] == str(query)

    text = output_of("search", picked / "two\nlines.jpg", home=home)
    assert "two\\nlines.jpg" in text and "\u202e" not in text
    assert "turned\\u202egpj.jpg" in text and '<b>"q"&amp;.jpg' in text
    assert output_of("skipped", home=home).startswith(str(bad).replace("\n", "\\n") + "\t")
    assert_in_step(home, LITE0)
    assert output_of("forget", picked, home=home).startswith(f"Forgot {picked}: 9 files.")
    assert f"{other} (8 files)" in output_of("status", home=home)


def test_the_limit_of_pixels_is_kept_and_a_raised_one_tries_again(
    tmp_path: Path, home: Home
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.effect_noise((1_500, 1_000), 60).save(folder / "large.jpg")
    Image.effect_noise((300, 200), 60).save(folder / "small.jpg")
    words = ("index", "--model", LITE0, folder)
    first = output_of(*words, "--max-megapixels", "1", home=home)
    assert first == "1 picture indexed, 1 skipped.\n"
    with closing(Catalogue(home)) as catalogue:
        assert load_settings(catalogue).max_megapixels == 1
    assert "too many pixels" in output_of("skipped", home=home)
    assert output_of(*words, home=home).startswith("Everything is up to date")
    assert "too many pixels" in error_of("search", folder / "large.jpg", home=home)
    assert output_of(*words, "--max-megapixels", "2", home=home).startswith("1 picture indexed")
    assert output_of("search", folder / "large.jpg", home=home)


@pytest.mark.parametrize("number", ["0", "2001", "-5", "many", "1.5", "²"])
def test_a_limit_out_of_bounds_is_wrong_usage(number: str, tmp_path: Path, home: Home) -> None:
    said = error_of("index", tmp_path, f"--max-megapixels={number}", home=home, code=2)
    assert "not a whole number from 1 to 2000" in said


def test_an_added_model_that_was_replaced_is_refused(
    samples: Path, tmp_path: Path, home: Home
) -> None:
    """The others still work."""
    file = make_model(home.models, Made(name="added")) / "model.onnx"
    content = file.read_bytes()
    changed = bytearray(content)
    changed[len(content) // 2] ^= 1
    file.write_bytes(changed)
    said = run("index", "--model", "added", samples / "birds", home=home)
    assert said.returncode == 1
    assert "is not the one its model.toml describes." in said.stderr
    assert "Traceback" not in said.stderr
    assert "indexed" in output_of("index", "--model", LITE0, samples / "birds", home=home)
    file.write_bytes(content)
    assert not home.tried.exists()
    output_of("index", "--model", "added", samples / "birds", home=home)
    assert len(json.loads(home.tried.read_text())) == 1


def test_the_hidden_command_is_not_shown() -> None:
    assert "_try-model" not in output_of("--help")
