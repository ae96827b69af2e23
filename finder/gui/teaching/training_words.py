"""What the window says about trainings: methods, networks, progress, epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn
from finder.core.training.settings import SCRATCH, Method, best_of
from finder.gui.common.formatting import duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from finder.core.training.messages import Outline, TrainingState
    from finder.core.training.settings import Epoch, Settings
    from finder.core.training.unfinished import Unfinished


def method_title(method: Method) -> str:
    return {
        Method.FINETUNE: tr("Fine-tuning"),
        Method.TRANSFER: tr("Transfer"),
        Method.SCRATCH: tr("From scratch"),
    }[method]


def method_sentence(method: Method) -> str:
    return {
        Method.FINETUNE: tr("The network learns your labels, too, so that it finds them better."),
        Method.TRANSFER: tr(
            "Only the classifier learns: fast. The model proposes labels, and finds as before."
        ),
        Method.SCRATCH: tr(
            "All is learned from random weights: for thousands of pictures that look like no "
            "photograph."
        ),
    }[method]


def network_title(base: str, titles: Mapping[str, str]) -> str:
    """titles: of the library's models, by name."""
    if base == SCRATCH:
        return tr("a small network")
    return titles.get(base, base)


def run_title(settings: Settings, titles: Mapping[str, str]) -> str:
    return tr("{name}: {method}, {network}").format(
        name=settings.name,
        method=method_title(settings.method),
        network=network_title(settings.base, titles),
    )


def outline_words(outline: Outline) -> str:
    learned, choosing, measuring = outline.parts
    sentence = tr(
        "{labels} labels · {learned:,} pictures to learn, {choosing:,} to choose the best epoch, "
        "{measuring:,} to measure it · {weights:,} weights are trained"
    )
    words = sentence.format(
        labels=outline.labels,
        learned=learned,
        choosing=choosing,
        measuring=measuring,
        weights=outline.weights,
    )
    if outline.batch:
        words = tr("{words} · {n:,} at a time").format(words=words, n=outline.batch)
    return words


def progress_words(state: TrainingState, is_paused: bool) -> str:
    progress = state.progress
    words = [progress.doing]
    if is_paused:
        words = [tr("Paused"), progress.doing]
    elif progress.seconds_left:
        words.append(tr("{time} left at most").format(time=duration(progress.seconds_left)))
    return " · ".join(words)


def best_words(epochs: tuple[Epoch, ...]) -> str:
    """Empty before the first one is done."""
    if not epochs:
        return ""
    best = best_of(epochs)
    return tr(
        "The best epoch is {n}: {accuracy:.0%} of the validation part is right, loss {loss:.3f}"
    ).format(n=best.number, accuracy=best.validation_accuracy, loss=best.validation_loss)


def unfinished_words(unfinished: Unfinished) -> str:
    done = len(unfinished.epochs)
    if not done:
        return tr("A training of this name is not finished.")
    return trn(
        "A training of this name was interrupted. It goes on after epoch {n} of {total}.",
        "A training of this name was interrupted. It goes on after epoch {n} of {total}.",
        done,
        total=unfinished.settings.epochs,
    )
