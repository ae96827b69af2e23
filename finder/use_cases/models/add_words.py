"""Words for a model that is installed: a text tower is added to it, and no picture is indexed
again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.registry import list_models, pick_models
from finder.use_cases.models.import_model import ImportTrial, require_fitting_words
from finder.use_cases.models.word_files import WordFiles, completed
from finder.workers.models.model_import_process import match_samples_in_child
from finder.workers.models.text_import_process import inspect_text_in_child, with_text

if TYPE_CHECKING:
    from finder.core.models.importing.text_inspection import TextChoice, TextRequest
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home


def model_without_words(home: Home, name: str) -> ModelSpec:
    """An added model that can be given words. Raises FinderError for any other."""
    (spec,) = pick_models(list_models(home.model_dirs())[0], [name])
    if spec.text is not None:
        raise FinderError(
            tr("{title} understands words already.").format(title=spec.title),
            tr("Import it again under another name to use another text tower."),
        )
    if not spec.has_file or spec.file.parent.parent != home.models:
        raise FinderError(
            tr("{title} comes with Image Finder and cannot be changed.").format(title=spec.title),
            tr("Words can be added to a model that was downloaded or imported."),
        )
    return spec


def inspect_words(
    spec: ModelSpec, request: TextRequest, token: CancelToken | None = None
) -> TextChoice:
    """What was found in the files of a text tower. Raises FinderError, also where its vectors have
    another length than the model's; Cancelled."""
    from finder.core.models.importing.text_import import require_same_space

    choice = inspect_text_in_child(request, token)
    require_same_space(spec.dimension, choice.dimension)
    return choice


def add_words_from_files(
    home: Home,
    name: str,
    files: WordFiles,
    token: CancelToken | None = None,
    force: bool = False,
) -> Generator[ImportTrial]:
    """Inspect a text tower, compare it with the sample pictures, and add it to an installed model.
    The tokenizer may be beside it. Raises FinderError, Cancelled."""
    from finder.core.models.importing.text_inspection import TextRequest

    spec = model_without_words(home, name)
    files = completed(spec.file, files) if files.text else files
    if files.text is None or files.tokenizer is None:
        raise FinderError(
            tr("A text tower (.onnx) and its tokenizer.json are needed."),
            tr("Choose both files together, or put the tokenizer.json beside the text tower."),
        )
    yield ImportTrial()
    choice = inspect_words(spec, TextRequest(files.text, files.tokenizer), token)
    yield from try_words(spec, choice, lambda: True, token, force)


def try_words(
    spec: ModelSpec,
    choice: TextChoice,
    confirm: Callable[[], bool],
    token: CancelToken | None = None,
    force: bool = False,
) -> Generator[ImportTrial]:
    """Compare the words with the sample pictures, and add them to the model once `confirm` returns
    true. force: even if they do not fit. Raises FinderError, Cancelled."""
    from finder.core.models.model_folders import add_text_tower

    token = token or CancelToken()
    trial = ImportTrial()
    yield trial
    with with_text(spec, choice, token) as made:
        for matches in match_samples_in_child(made, token):
            trial = ImportTrial(matches)
            yield trial
        if not force:
            require_fitting_words(trial)
        assert made.text is not None
        if confirm():
            token.check()
            yield ImportTrial(trial.matches, added=add_text_tower(spec, made.text))
