"""Nothing that the program prints controls the terminal, whatever names and arguments hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import output_of, run, run_process
from model_folders import Made, make_model

from finder.core.paths import Home

FAST = ("--model", "efficientnet-lite0")
EVIL = "\x1b[31mred\nline\udcff.jpg"


ARGUMENTS = [
    ("status", "z\x1b[31mevil.jpg"),
    ("search", "--top", "z\x1b[31mevil.jpg", "a.jpg"),
    ("search", "a.jpg", "--z\x1b[31mevil"),
    ("z\x1b[31mevil",),
    ("models", "z\x1b[31mevil"),
    ("models", "install", "z\x1b[31mevil"),
    ("models", "remove", "z\x1b[31mevil"),
    ("models", "import", "z\x1b[31mevil.onnx"),
    ("models", "import", "/dev/null", "--name", "z\x1b[31mevil"),
    ("index", "--model", "z\x1b[31mevil"),
    ("check", "z\x1b[31mevil\n"),
    ("restore", "z\x1b[31mevil"),
    ("search", "a.jpg", "--since", "z\x1b[31mevil"),
    ("convert", "z\x1b[31mevil"),
    ("window", "--z\x1b[31mevil"),
]


@pytest.mark.parametrize("words", ARGUMENTS, ids=ascii)
def test_arguments_do_not_control_the_terminal(home: Home, words: tuple[str, ...]) -> None:
    ended = run(*words, home=home)
    assert ended.returncode in (1, 2)
    text = ended.stdout + ended.stderr
    assert "Traceback" not in text
    assert "\x1b" not in text
    assert "z\\x1b[31mevil" in text


def test_a_models_texts_do_not_control_the_terminal(home: Home) -> None:
    folder = make_model(home.models, Made())
    path = folder / "model.toml"
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        key = line.partition(" ")[0]
        if key in ("title", "description", "licence", "source"):
            lines[number] = key + r' = "\u001b[31mevil"'
    path.write_text("\n".join(lines))
    for words in (["models"], ["status"], ["models", "measure", "mean-colour"]):
        text = run(*words, home=home)
        assert "\x1b" not in text.stdout + text.stderr


def test_names_with_control_characters_are_escaped(
    home: Home, samples: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "odd\x1b]0;title\x07\r"
    folder.mkdir()
    shutil.copy(samples / "cats" / "kitten.jpg", folder / EVIL)
    (folder / f"broken {EVIL}").write_bytes(b"")
    outputs = [
        run("index", folder, *FAST, home=home),
        run_process("search", folder / EVIL, home=home),
        run("search", folder / f"broken {EVIL}", home=home),
        run("search", folder, home=home),
        run("skipped", home=home),
        run("status", home=home),
        run("forget", f"{folder}\x1b", home=home),
        run("index", f"{folder}\x1b", home=home),
    ]
    assert [ended.returncode for ended in outputs] == [0, 0, 1, 1, 0, 0, 1, 1]
    for ended in outputs:
        text = (ended.stdout + ended.stderr).replace("\n", "")
        assert "Traceback" not in text
        assert all(c.isprintable() or c == "\t" for c in text), ended.args
    assert "\\x1b[31mred\\nline\\udcff.jpg" in outputs[4].stdout
    found = json.loads(output_of("search", folder / EVIL, "--json", home=home))
    assert found["combined"][0]["path"] == found["query"] == str(folder / EVIL)
    assert "Forgot" in output_of("forget", folder, home=home)
