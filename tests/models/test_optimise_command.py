"""`image-finder models optimise` and `models --provider`, as a user calls them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from command_line import answered, command, error_of, output_of, run
from model_folders import Made, make_model

from finder.core.models.manifest import load_spec
from finder.core.models.runtime.known_files import is_known, note_known
from finder.core.models.runtime.session import available_providers
from finder.core.paths import Home

QUICK = ("--float16", "--pictures", "20")
OPTIMISE = ("models", "optimise", "mean-colour", *QUICK)
KEPT = "mean-colour-float16"

no_terminals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these")


@pytest.fixture
def small(home: Home) -> Home:
    """Where a small model is installed."""
    make_model(home.models, Made(weights=300))
    return home


def test_a_table_and_a_verdict_come_before_anything_is_kept(home: Home) -> None:
    ended = run("models", "optimise", "efficientnet-lite0", *QUICK, home=home)
    assert ended.returncode == 0, ended.stderr
    title, head, float32, float16, verdict = ended.stdout.splitlines()
    assert title == "EfficientNet-Lite0, measured on 20 sample pictures"
    assert head.split()[-2:] == ["overlap@10", "cosine"]
    assert float32.split()[:3] == ["float32", "13.4", "MB"]
    assert float16.split()[:3] == ["float16", "6.8", "MB"]
    assert verdict.startswith("float16: finds nearly the same pictures, ")
    assert verdict.endswith(" times as fast, with 50% of the size.")
    assert "the sample pictures are used instead" in ended.stderr
    assert ended.stderr.endswith("Nothing was kept.\n")
    assert os.listdir(home.models) == []


def test_what_is_kept_can_be_switched_to_in_one_step_and_is_trusted_as_its_model_is(
    small: Home,
) -> None:
    note_known(small, load_spec(small.models / "mean-colour"))
    ended = run(*OPTIMISE, "--keep", "float16", "--switch", home=small)
    assert ended.returncode == 0, ended.stderr
    assert f"Kept {KEPT}." in ended.stdout
    assert f"New pictures are indexed with {KEPT} now." in ended.stderr
    lines = [line.split() for line in output_of("models", home=small).splitlines()]
    switches = {words[0]: words[1] for words in lines if words[1:2] in (["on"], ["off"])}
    assert (switches["mean-colour"], switches[KEPT]) == ("off", "on")
    assert is_known(small, load_spec(small.models / KEPT))
    assert "There is already a model called" in error_of(*OPTIMISE, home=small)


@no_terminals
def test_at_a_terminal_it_asks_which_to_keep(small: Home) -> None:
    code, said = answered("float16", *OPTIMISE, home=small)
    assert code == 0
    assert "Keep which one (float16; Enter for none)?" in said
    assert f"Kept {KEPT}." in said
    assert f"“image-finder models --off mean-colour --on {KEPT}” switches to it" in said
    assert not is_known(small, load_spec(small.models / KEPT)), "nor is the model it is made of"


@no_terminals
def test_an_answer_that_names_no_variant_keeps_nothing(small: Home) -> None:
    code, said = answered("int8", *OPTIMISE, home=small)
    assert code == 1
    assert "There is no variant “int8”; nothing was kept." in said
    assert os.listdir(small.models) == ["mean-colour"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonesuch", "There is no model called “nonesuch”."),
        ("pixels", "has no file that could be made smaller"),
        ("vgg16", "VGG16 is already float16."),
    ],
)
def test_what_cannot_be_optimised_is_reported(home: Home, name: str, said: str) -> None:
    assert said in error_of("models", "optimise", name, "--float16", home=home)


def test_invalid_options_change_nothing(small: Home) -> None:
    error_of(*OPTIMISE, "--pictures", "3", home=small, code=2)
    error_of(*OPTIMISE, "--keep", "int4", home=small, code=2)
    assert os.listdir(small.models) == ["mean-colour"]


@no_terminals
def test_ctrl_c_leaves_nothing_behind(home: Home) -> None:
    words = command("models", "optimise", "efficientnet-lite0", "--int8", home=home)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not list(home.models.glob(".optimise-*/*.onnx")) and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=60)
    assert process.returncode == 1
    assert printed.startswith("Creating int8 …\n")
    assert "Stopped." in printed
    assert os.listdir(home.models) == []


# Providers


@pytest.mark.skipif(len(available_providers()) > 1, reason="there is more than the CPU")
def test_with_only_the_cpu_that_is_reported(home: Home) -> None:
    assert "on its processor only" in run("models", "--provider", "auto", home=home).stderr
    assert "“cuda” is not available" in error_of("models", "--provider", "cuda", home=home)
    assert not home.providers.exists()
    assert "computed by" not in output_of("models", home=home)


def test_an_unknown_provider_is_wrong_usage(home: Home) -> None:
    error_of("models", "--provider", "abacus", home=home, code=2)
