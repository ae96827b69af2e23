"""Programs on an X server: one that fills the screen with four colours, and ours."""

from __future__ import annotations

import sys

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QRasterWindow

import finder.app
from finder.__main__ import main
from finder.jobs.query_facts import QuerySource

COLOURS = ("red", "lime", "blue", "yellow")


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class Beneath(QRasterWindow):
    """Four colours, each in a quarter of the screen."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        width, height = self.width() // 2, self.height() // 2
        for number, name in enumerate(COLOURS):
            quarter = QRect(number % 2 * width, number // 2 * height, width, height)
            painter.fillRect(quarter, QColor(name))
        painter.end()


class Watched(finder.app.Program):
    """Says what it does."""

    def listen(self) -> None:
        super().listen()
        self.conductor.controllers.capture.captured.connect(self._tell)
        self.conductor.controllers.searching.ready.connect(lambda facts: say("query", facts.label))
        say("up")

    def _tell(self, source: QuerySource) -> None:
        assert source.image is not None
        source.image.save(sys.argv[2])
        say("captured", source.image.width(), source.image.height())


def fill_screen() -> int:
    application = QGuiApplication([])
    window = Beneath()
    window.showFullScreen()
    say("up")
    return application.exec()


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        sys.exit(fill_screen())
    finder.app.Program = Watched  # type: ignore[misc]
    sys.exit(main(["--home", *sys.argv[1:2], *sys.argv[3:]]))
