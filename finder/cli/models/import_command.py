"""`image-finder models import`: inspect a file, show what was found, ask, add the model."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from finder.cli.models.text_options import (
    add_text_options,
    full_path,
    show_text,
    show_words,
    text_request,
)
from finder.cli.output.output import confirm, say, show
from finder.cli.parsers import Commands, add_command, whole_number
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.models.importing.candidates import Candidate
    from finder.core.models.importing.inspection import ImageInput, Inspection
    from finder.core.models.importing.model_import import ImportChoice
    from finder.core.models.importing.text_inspection import TextRequest
    from finder.core.paths import Home
    from finder.core.search.sample_matches import SampleMatches
    from finder.use_cases.models.import_model import Proposal

_OTHER_FEATURES = 6
"""Shown at most, in addition to the proposed one."""


def add_import(commands: Commands) -> None:
    parser = add_command(
        commands,
        "import",
        tr("Add an image model from an ONNX file."),
        tr(
            "What was found in the file and the proposed settings are shown before anything "
            "is added. Its external data files must be in the same folder. With --tokenizer, the "
            "model understands words, too: its text tower is in --text, or in the same file."
        ),
        handler=import_model,
    )
    parser.add_argument("file", metavar="FILE", help=tr("an .onnx file"))
    for option, name, text in (
        (
            "--feature",
            "NODE",
            tr(
                "the node or value to use as the embedding; append :mean, :max, :first or "
                ":whole to say how it is reduced"
            ),
        ),
        (
            "--preprocess",
            "NAME",
            tr(
                "how a picture is prepared: imagenet, unit, signed, lite, caffe, clip, siglip "
                "or raw"
            ),
        ),
        ("--name", "NAME", tr("the model's name (default: that of its file)")),
        ("--text", "FILE", tr("the text tower of the same model, an .onnx file")),
        ("--tokenizer", "FILE", tr("the text tower's tokenizer.json")),
    ):
        parser.add_argument(option, metavar=name, default="", help=text)
    parser.add_argument(
        "--size",
        type=whole_number(16, 1_024),
        metavar="PIXELS",
        help=tr("height and width of its input if the model accepts any size (default: 224)"),
    )
    add_text_options(parser)
    parser.add_argument("--yes", action="store_true", help=tr("add it without asking"))


def import_model(home: Home, options: argparse.Namespace) -> None:
    from finder.core.models.importing.model_import import proposal, require_preset
    from finder.use_cases.models.import_model import inspect_model, require_model_name, try_import

    if options.name:
        require_model_name(home, options.name)
    file = full_path(options.file)
    words = _words(options, file)
    found = inspect_model(home, file, options.size, options.feature, words=words)
    if options.preprocess:
        require_preset(options.preprocess, found.findings.image)
    _show_proposal(found, options.preprocess)
    choice = replace(_with_options(proposal(home, found.findings), options), text=found.text)
    choose_name = partial(_confirmed_name, choice, options.yes)
    added = None
    with closing(try_import(home, choice, choose_name, force=options.force)) as run:
        for trial in run:
            if trial.matches is None and not trial.batch_free:
                show(tr("It takes one picture at a time; Image Finder needs no more."))
            elif trial.is_whole and trial.added is None and trial.matches is not None:
                _show_matches(trial.matches)
                if choice.text is not None:
                    show_words(trial.matches.words)
            added = trial.added
    if added is None:
        show(tr("Nothing was added."))
        return
    show(tr("Added the model “{name}”.").format(name=choice.name))
    hint = tr("“image-finder index --model {name}” indexes your pictures with it.")
    say(hint.format(name=choice.name))


def _words(options: argparse.Namespace, file: Path) -> TextRequest | None:
    """The text tower that the options name, if any. Raises FinderError."""
    if not options.tokenizer:
        if options.text:
            raise FinderError(
                tr("A text tower needs its tokenizer."), tr("Give its file with --tokenizer.")
            )
        return None
    text = full_path(options.text) if options.text else file
    return text_request(options, text, full_path(options.tokenizer))


def _with_options(choice: ImportChoice, options: argparse.Namespace) -> ImportChoice:
    return replace(
        choice,
        preset=options.preprocess or choice.preset,
        name=options.name or choice.name,
    )


def _confirmed_name(choice: ImportChoice, yes: bool) -> str:
    """The model's name, empty if the user does not want it. Raises FinderError."""
    question = tr("Add it as “{name}”? [y/N] ").format(name=choice.name)
    return choice.name if confirmed(question, yes) else ""


def confirmed(question: str, yes: bool) -> bool:
    """The user's answer. yes: it was given before. Raises FinderError where nobody can be asked."""
    if yes:
        return True
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise FinderError(
            tr("Nothing was added: there is no terminal to ask the question on."),
            tr("Use --yes to add it as shown."),
        )
    return confirm(question)


def _show_proposal(found: Proposal, preset: str) -> None:
    """preset: the one that the user named, if any."""
    findings = found.findings
    if found.sentence:
        show(found.sentence)
    _row(tr("Picture"), _describe_input(findings.image))
    for number, candidate in enumerate(findings.candidates[: 1 + _OTHER_FEATURES]):
        heading = _or() if number else tr("Feature")
        _row(heading, _describe_feature(candidate, with_reason=not number))
    if found.text:
        show_text(found.text)
    _show_presets(findings, preset)


def _describe_input(image: ImageInput) -> str:
    text = tr("{name} ({layout}, {type}): {width} × {height} pixels")
    if image.free:
        text = tr(
            "{name} ({layout}, {type}): any size; {width} × {height} pixels unless you give --size"
        )
    return text.format(
        name=image.name,
        layout=image.layout,
        type=image.dtype,
        width=image.width,
        height=image.height,
    )


def _show_presets(findings: Inspection, preset: str) -> None:
    from finder.core.models.presets import fitting_presets

    chosen = preset or findings.preset
    why = tr("you chose it") if preset else findings.preset_reason
    known = findings.known
    presets = fitting_presets(findings.image.dtype, known.preset if known else None)
    _row(tr("Preprocess"), f"{chosen}: {presets[chosen].summary} – {why}")
    for name, other in presets.items():
        if name != chosen:
            _row(_or(), f"{name}: {other.summary}")


def _describe_feature(candidate: Candidate, with_reason: bool) -> str:
    """It begins in the notation of --feature."""
    feature = candidate.feature
    node = feature.tensor if feature.pooling == "whole" else f"{feature.tensor}:{feature.pooling}"
    if with_reason:
        return trn(
            "{node}: {n} number, {what} – {why}",
            "{node}: {n} numbers, {what} – {why}",
            candidate.dimension,
            node=node,
            what=candidate.what,
            why=candidate.reason,
        )
    return trn(
        "{node}: {n} number, {what}",
        "{node}: {n} numbers, {what}",
        candidate.dimension,
        node=node,
        what=candidate.what,
    )


def _show_matches(matches: SampleMatches) -> None:
    """The nearest neighbours of two samples, or why they are meaningless."""
    if matches.failed:
        text = tr("For {n} of {total} sample pictures the feature is zero or not a finite number.")
        show(text.format(n=matches.failed, total=matches.total))
    if matches.all_alike:
        show(tr("The feature is the same for all sample pictures, so it cannot tell them apart."))
        return
    for found in matches.neighbours:
        near = ", ".join(f"{path.stem} {distance:.2f}" for path, distance in found.nearest)
        _row(tr("Nearest"), f"{found.picture.stem}: {near}")


def _or() -> str:
    return f"  {tr('or')}"


def _row(heading: str, text: str) -> None:
    show(f"{heading:<12}{text}")
