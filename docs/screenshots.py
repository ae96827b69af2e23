"""Makes the pictures in docs/images: the real window, on the sample pictures, under Xvfb.

    make screenshots
    python docs/screenshots.py --size 900x600 --scheme dark --state results --output FOLDER
    .venv-train/bin/python docs/screenshots.py --state train

Starts an X server of its own where there is no display (Debian's package xvfb).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from words_typed import WORDS, add_words_model, needs_model, type_words

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from finder.use_cases.models.word_files import ModelFiles

STATES = (
    "results",
    "best",
    "view",
    "single",
    "proofs",
    *WORDS,
    "preview",
    "start",
    "empty",
    "indexing",
    "menu",
    "agreement",
    "models",
    "import",
    "storage",
    "measure",
    "teach",
    "train",
    "trained",
)
ONE_SCHEME = ("measure", "teach", "train", "trained")
"""States whose image is named without its scheme."""
_DIALOGS = ("models", "import", "measure", "teach")
DEFAULT_STATES = ("start", "results", "best", "single", "preview", *_DIALOGS)
MAIN_QUERY = "castles/chambord.jpg"
CROPPED_QUERY = "altered/neuschwanstein--crop.jpg"
MODEL = "efficientnet-lite2"


def main() -> int:
    options = _options()
    if not os.environ.get("DISPLAY") and os.environ.get("QT_QPA_PLATFORM") is None:
        if shutil.which("xvfb-run") is None:
            print("There is no display, and xvfb-run is not installed (Debian: xvfb).")
            return 1
        screen = ["xvfb-run", "-a", "-s", "-screen 0 2600x1700x24"]
        return subprocess.call([*screen, sys.executable, *sys.argv])
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _take_all(Path(folder), options)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--scheme", choices=["light", "dark"], default="light")
    parser.add_argument("--state", choices=STATES, action="append")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "images")
    return parser.parse_args()


def _take_all(folder: Path, options: argparse.Namespace) -> None:
    from finder.app import Program, make_application
    from finder.core.library.catalogue.settings import Settings
    from finder.core.paths import Home, samples_dir

    make_application()
    width, height = map(int, options.size.split("x"))
    home = Home(folder / "library")
    if needs_model(options.state or ()):
        add_words_model(home)
    program = Program(home, Settings(theme=options.scheme))
    pictures = folder / "Pictures"
    shutil.copytree(samples_dir(), pictures)
    stage = Stage(program, options.output, pictures)
    program.conductor.start()
    program.window.resize(width, height)
    program.window.show()
    try:
        for state in options.state or DEFAULT_STATES:
            stage.show(state)
            program.window.resize(width, height)
            name = state if state in ONE_SCHEME else f"{state}-{options.scheme}"
            if (width, height) != (1280, 800):
                name = f"{state}-{options.scheme}-{width}x{height}"
            stage.take(name)
    finally:
        program.window.hide()  # what is shown is laid out, also where the threads have ended
        program.close()


class Stage:
    """Brings the window into a state and waits until it is drawn."""

    def __init__(self, program: object, output: Path, samples: Path) -> None:
        from finder.app import Program

        assert isinstance(program, Program)
        self._program = program
        self._output = output
        self._samples = samples

    def show(self, state: str) -> None:
        conductor, window = self._program.conductor, self._program.window
        library = conductor.controllers.library
        if state == "empty":
            self._wait(lambda: window.pages.currentWidget() is window.drop_zone)
            return
        self._wait(lambda: bool(library.overview.models))
        if not library.overview.folders and not library.indexing.busy:
            library.add_folders([str(self._samples)])
        if not library.overview.pictures or library.indexing.busy:
            self._wait(lambda: library.indexing.busy or bool(library.overview.folders))
            if state == "indexing":
                self._wait(lambda: window.library.progress.bar.value() > 20)
                return
            self._wait(lambda: not library.indexing.busy and library.overview.pictures > 0)
        if state == "start":
            conductor.controllers.query.new_query()
            listed = window.library_page.model
            self._wait(lambda: listed.rowCount() == library.overview.pictures)
            return
        if self._open_dialog(state):
            return
        if state in WORDS:
            if state == "words-picture":
                self._ask(self._samples / MAIN_QUERY)
            type_words(self._program, state, self._wait, self._settle)
            return
        names = ["efficientnet-lite0"] if state == "single" else None
        window.query_bar.models.set_choice(names)
        window.query_bar.views.choose("best" if state == "best" else "compare")
        window.results.set_view("best" if state == "best" else "compare")
        shows_proofs = state in ("proofs", "preview")
        self._ask(self._samples / (CROPPED_QUERY if shows_proofs else MAIN_QUERY))
        if shows_proofs:
            window.results.columns[0].view.go_to_row(1)  # the first one is the query's own file
        self._open_panel(state)

    def _open_dialog(self, state: str) -> bool:
        """Whether the state is a dialog."""
        from finder.gui.teaching.quick_page import QuickPage

        controllers = self._program.conductor.controllers
        opens: dict[str, Callable[[], object]] = {
            "models": controllers.models.open,
            "storage": controllers.storage.open,
            "measure": controllers.evaluation.open,
            "teach": controllers.teaching.open,
            "train": controllers.teaching.open,
            "trained": controllers.teaching.open,
            "import": lambda: controllers.importing.open(_model_files()),
        }
        if state not in opens:
            return False
        opens[state]()
        self._settle(1.0)
        dialog = self._dialog()
        if state == "models":
            dialog.choose("resnet50-v1-12")
        elif state == "measure":
            dialog.start.click()
            self._wait(lambda: dialog.result_page is not None)
        elif state == "teach":
            page = dialog.findChild(QuickPage)
            page.start.click()
            self._wait(lambda: page.result_page is not None)
        elif state in ("train", "trained"):
            self._train(dialog, is_kept=state == "trained")
        elif state == "import":
            self._wait(dialog.add.isEnabled)
        return True

    def _train(self, dialog: Any, is_kept: bool) -> None:
        """Some epochs of the real thing, on the samples. is_kept: then keep the best one, beside
        one that was trained from scratch."""
        from finder.gui.teaching.training_page import TrainingPage

        page = dialog.findChild(TrainingPage)
        dialog.show_way(page)
        self._wait(page.start.isEnabled)
        if is_kept:
            page.form.network.method.buttons[-1].click()
            self._wait(lambda: page.form.name.text().endswith("scratch"))
            self._start_training(page, 12, 6)
            page.keep.click()
            self._wait(lambda: not page.is_busy, 600)
            page.again.click()
            page.form.network.method.buttons[0].click()
            self._wait(lambda: page.form.name.text().endswith("finetune"))
        self._start_training(page, 12, 7)
        if is_kept:
            page.keep.click()
            self._wait(lambda: not page.is_busy, 600)

    def _start_training(self, page: Any, epochs: int, done: int) -> None:
        page.form.network.epochs.setValue(epochs)
        page.form.advanced.patience.setValue(epochs)
        page.form.advanced.side.setValue(128)
        self._wait(page.start.isEnabled)
        page.start.click()
        read = page.view.plots.loss
        self._wait(lambda: f"epoch {done}:" in read.accessibleDescription(), 600)
        self._wait(lambda: page.view.bar.value() > 1_000 * (done + 0.3) / epochs, 600)

    def _open_panel(self, state: str) -> None:
        window = self._program.window
        if state == "view":
            window.query_bar.open_options()
        if state == "preview":
            self._program.conductor.controllers.pictures.perform("preview")
        if state == "agreement":
            window.results.header.agreement.open_panel()
        if state == "menu":
            button = window.query_bar.models
            button.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))

    def take(self, name: str) -> None:
        for toast in list(self._program.window.toasts.shown):
            toast.end()
        self._settle(0.8)
        path = self._output / f"{name}.png"
        self._grab().save(str(path))
        print(path)

    def _grab(self) -> QPixmap:
        """The window with an open menu over it, or its open dialog."""
        from PySide6.QtWidgets import QDialog

        window = self._program.window
        if window.findChildren(QDialog):
            return self._dialog().grab()
        menu = window.query_bar.models.menu()
        if not menu.isVisible():
            return window.grab()
        return window.screen().grabWindow(
            0, window.x(), window.y(), window.width(), window.height()
        )

    def _dialog(self) -> Any:
        """The dialog that was opened last."""
        from PySide6.QtWidgets import QDialog

        return self._program.window.findChildren(QDialog)[-1]

    def _ask(self, picture: Path) -> None:
        from finder.jobs.query_facts import QuerySource

        conductor = self._program.conductor
        conductor.controllers.searching.clear()
        conductor.controllers.query.ask(QuerySource(str(picture), path=str(picture)))
        searching = conductor.controllers.searching
        self._wait(lambda: searching.result is not None)
        self._wait(lambda: not searching.verification.is_at_work)

    def _wait(self, ready: Callable[[], bool], seconds: float = 180.0) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                raise TimeoutError
            self._settle(0.05)

    def _settle(self, seconds: float) -> None:
        from PySide6.QtWidgets import QApplication

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.01)


def _model_files() -> ModelFiles:
    from finder.core.paths import shipped_models_dir
    from finder.use_cases.models.word_files import sort_model_files

    return sort_model_files([str(shipped_models_dir() / MODEL / "model.onnx")])


if __name__ == "__main__":
    sys.exit(main())
