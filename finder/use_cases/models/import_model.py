"""Importing a model from an ONNX file: inspect it, try what was chosen on the sample pictures, add
it. The file is read, truncated and run in child processes with limits.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.manifest import load_spec
from finder.use_cases.models.word_files import WordFiles
from finder.workers.deferred_imports import import_deferred
from finder.workers.models.model_import_process import (
    TruncatedModel,
    add_truncated,
    inspect_in_child,
    match_samples_in_child,
    truncated,
)
from finder.workers.models.text_import_process import inspect_text_in_child, make_text_in_child

if TYPE_CHECKING:
    from finder.core.models.importing.inspection import Inspection
    from finder.core.models.importing.model_import import ImportChoice
    from finder.core.models.importing.text_inspection import TextChoice, TextRequest
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.sample_matches import SampleMatches

_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Proposal:
    """What was found in a model file; name: one that is free for the new model; sentence: which
    known model it is, if it is one; text: what was found in its text tower, if one was given;
    words: the files of its words; words_error: why they cannot be used."""

    findings: Inspection
    name: str
    sentence: str = ""
    text: TextChoice | None = None
    words: WordFiles = field(default_factory=WordFiles)
    words_error: FinderError | None = None


@dataclass(frozen=True)
class ImportTrial:
    """The progress of trying the user's choices. matches: among the sample pictures, None while the
    model is being truncated; batch_free: whether it takes several pictures at a time; added: the
    model, once it is added."""

    matches: SampleMatches | None = None
    batch_free: bool = True
    added: ModelSpec | None = None

    @property
    def misfit(self) -> str:
        """Why the words do not belong to the pictures, a sentence; empty if they do, or if that is
        not known."""
        words = self.matches.words if self.matches else None
        if words is None or words.fits:
            return ""
        text = tr(
            "The words do not fit the pictures: {right} of {n} sample pictures are nearest to the "
            "right ones of {groups} descriptions, and chance alone would find {chance:.0f}."
        )
        return text.format(
            right=words.right, n=words.pictures, groups=words.groups, chance=words.by_chance
        )

    @property
    def is_whole(self) -> bool:
        return self.matches is not None and self.matches.done == self.matches.total


def inspect_model(
    home: Home,
    file: Path,
    side: int | None = None,
    feature: str = "",
    token: CancelToken | None = None,
    words: TextRequest | None = None,
) -> Proposal:
    """Inspect a model file. side: of the picture in pixels, where the model takes any; feature: a
    node or value that the user named; words: the text tower that belongs to it. Raises FinderError,
    also where both towers' vectors differ in length; Cancelled."""
    import_deferred(
        "finder.core.models.importing.model_import", "finder.core.search.sample_matches"
    )
    from finder.core.models.importing.inspection import WordsSpace
    from finder.core.models.importing.model_import import free_name, recognition_sentence
    from finder.core.models.importing.text_import import require_same_space

    text = inspect_text_in_child(words, token) if words else None
    space = WordsSpace(text.dimension, text.cleaning) if text else None
    findings = inspect_in_child(file, side, feature, token, home, space)
    if text and findings.candidates:
        require_same_space(findings.candidates[0].dimension, text.dimension)
    known = findings.known
    sentence = recognition_sentence(home, known) if known else ""
    return Proposal(findings, free_name(home, file, known), sentence, text)


def try_import(
    home: Home,
    choice: ImportChoice,
    choose_name: Callable[[], str],
    token: CancelToken | None = None,
    force: bool = False,
) -> Generator[ImportTrial]:
    """Truncate the model as chosen, run it on the sample pictures, and add it under the name that
    `choose_name` returns once all of that is done (empty: it is not added). The truncated file is
    deleted when the generator ends in any way. force: even if its words do not fit the sample
    pictures. Raises FinderError, Cancelled."""
    token = token or CancelToken()
    with truncated(choice, token) as made:
        trial = ImportTrial(batch_free=made.batch_free)
        yield trial
        if choice.text:
            make_text_in_child(choice.text, made.spec.file.parent, token)
            made = replace(made, spec=load_spec(made.spec.file.parent))
        for matches in match_samples_in_child(made.spec, token):
            trial = replace(trial, matches=matches)
            yield trial
        if not force:
            require_fitting_words(trial)
        name = choose_name()
        if name:
            yield replace(trial, added=_add(home, made, name, token))


class UnfittingWordsError(FinderError):
    """A model's words say nothing about the sample pictures."""


def require_fitting_words(trial: ImportTrial) -> None:
    """Raises UnfittingWordsError if a model's words say nothing about the sample pictures."""
    if not trial.misfit:
        return
    raise UnfittingWordsError(
        trial.misfit,
        tr(
            "Check that both towers and the tokenizer are of one model. “--force” adds it anyway, "
            "for a model of another subject than photographs."
        ),
    )


def require_model_name(home: Home, name: str) -> None:
    """Raises FinderError for a name that no new model can have."""
    from finder.core.models.importing.model_import import require_name

    require_name(home, name)


def wait_for_name(names: SimpleQueue[str], token: CancelToken) -> str:
    """The next name in the queue. Raises Cancelled."""
    while True:
        token.check()
        try:
            return names.get(timeout=_POLL_SECONDS)
        except Empty:
            continue


def _add(home: Home, made: TruncatedModel, name: str, token: CancelToken) -> ModelSpec:
    """If it was cancelled meanwhile, the model is removed again; raises Cancelled."""
    added = add_truncated(home, made, name)
    try:
        token.check()
    except Cancelled:
        shutil.rmtree(added.file.parent, ignore_errors=True)
        raise
    return added
