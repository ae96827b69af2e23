"""A process that speaks as the one that trains does, for tests without PyTorch. What it says is
made by the real messages; the real one is tested in tests/train."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import finder
from finder.workers import child_process
from finder.workers.child_command import TRAIN_MODEL, own_command

_BEGIN = f"""
import os, shutil, signal, sys, threading
sys.path.insert(0, {str(Path(finder.__file__).parent.parent)!r})
from finder.core.errors import FinderError
from finder.core.training.messages import *
from finder.core.training.settings import Epoch, Progress
from finder.workers.child_command import error_line

def say(line):
    print(line, flush=True)

def hear():
    return sys.stdin.readline().strip()

def epoch(number, loss=None):
    loss = 1 / number if loss is None else loss
    say(epoch_line(Epoch(number, loss, 1 - loss / 2, loss, 1 - loss / 2, 1.5)))

def progress(doing, share=0.5, left=None):
    say(progress_line(Progress(doing, share, (), left)))

request = Request.read(hear())
"""

CARD = {
    "name": "plants",
    "base": "efficientnet-lite0",
    "method": "finetune",
    "test_accuracy": 0.8125,
    "test_map": 0.668,
    "base_map": 0.598,
    "best_epoch": 2,
    "seconds_per_epoch": 12.25,
    "trained_weights": 3_365_372,
}
OTHER = CARD | {"name": "plants-scratch", "base": "scratch", "method": "scratch", "best_epoch": 3}
OUTLINE = "say(outline_line(Outline(12, (172, 48, 48), 3365372, ('1 file is left out.',), 32)))\n"
OUTCOME = f"say(outcome_line(Outcome('plants', 2e-6, ({CARD!r}, {OTHER!r}))))\n"

ChildDoes = Callable[[str], None]


@pytest.fixture
def child_does(monkeypatch: pytest.MonkeyPatch) -> ChildDoes:
    """Lets each process that trains run these statements, in which `request` is what it is asked
    for; other processes are the program's own."""

    def does(code: str) -> None:
        def command(*arguments: str) -> list[str]:
            if arguments[0] != TRAIN_MODEL:
                return own_command(*arguments)
            return [sys.executable, "-P", "-c", _BEGIN + code]

        monkeypatch.setattr(child_process, "own_command", command)

    return does
