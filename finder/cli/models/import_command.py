"""What `image-finder models import FILE` does: look, show, ask, add."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from finder.cli.printing import say, show
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.models.importing.candidates import Candidate
from finder.core.models.importing.inspection import Inspection
from finder.core.models.importing.model_import import (
    ImportChoice,
    proposal,
    recognition_sentence,
    require_name,
    require_preset,
)
from finder.core.models.presets import fitting_presets
from finder.core.paths import Home
from finder.core.search.sample_matches import SampleMatches

_MOST_SHOWN = 6
"""Other features."""


def import_model(home: Home, options: argparse.Namespace) -> None:
    from finder.workers.model_import_process import examine, keep, looks, prepared

    if options.name:
        require_name(home, options.name)
    file = Path(os.path.abspath(os.path.expanduser(options.file)))
    findings = examine(file, options.size, options.feature, home=home)
    if options.preprocess:
        require_preset(options.preprocess, findings.image)
    _show_findings(home, findings, options.preprocess)
    choice = _chosen(proposal(home, findings), options)
    with prepared(choice) as made:
        if not made.batch_free:
            show(tr("It takes one picture at a time; Image Finder needs no more."))
        *_, look = looks(made)
        _show_look(look)
        if not _agreed(choice, options.yes):
            show(tr("Nothing was added."))
            return
        keep(home, made, choice.name)
    show(tr("Added the model “{name}”.").format(name=choice.name))
    hint = tr("“image-finder index --model {name}” indexes your pictures with it.")
    say(hint.format(name=choice.name))


def _chosen(choice: ImportChoice, options: argparse.Namespace) -> ImportChoice:
    return replace(
        choice,
        preset=options.preprocess or choice.preset,
        name=options.name or choice.name,
    )


def _agreed(choice: ImportChoice, yes: bool) -> bool:
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise FinderError(
            tr("Nothing was added: there is no terminal to ask the question on."),
            tr("Use --yes to add it as shown."),
        )
    question = tr("Add it as “{name}”? [y/N] ").format(name=choice.name)
    return input(question).strip().lower() in ("y", "yes", tr("y"), tr("yes"))


def _show_findings(home: Home, findings: Inspection, preset: str) -> None:
    image, known = findings.image, findings.known
    if known:
        show(recognition_sentence(home, known))
    size = tr("{width} × {height} pixels").format(width=image.width, height=image.height)
    if image.free:
        size = tr("any size; {size} unless you give --size").format(size=size)
    _line(tr("Picture"), f"{image.name} ({image.layout}, {image.dtype}): {size}")
    for number, candidate in enumerate(findings.candidates[: 1 + _MOST_SHOWN]):
        _line(tr("Feature") if not number else _other(), _described(candidate, not number))
    chosen = preset or findings.preset
    why = tr("you chose it") if preset else findings.preset_reason
    presets = fitting_presets(image.dtype, known.preset if known else None)
    _line(tr("Preprocess"), f"{chosen}: {presets[chosen].summary} – {why}")
    for name, other in presets.items():
        if name != chosen:
            _line(_other(), f"{name}: {other.summary}")


def _described(candidate: Candidate, proposed: bool) -> str:
    """As --feature takes it, with what it is."""
    feature = candidate.feature
    node = feature.tensor if feature.pooling == "whole" else f"{feature.tensor}:{feature.pooling}"
    numbers = trn("{n} number", "{n} numbers", candidate.dimension)
    text = tr("{node}: {numbers}, {what} – {why}") if proposed else tr("{node}: {numbers}, {what}")
    return text.format(node=node, numbers=numbers, what=candidate.what, why=candidate.reason)


def _show_look(look: SampleMatches) -> None:
    """The neighbours of two samples, or why they mean nothing."""
    if look.failed:
        text = tr("For {n} of {total} sample pictures the feature is zero or not a finite number.")
        show(text.format(n=look.failed, total=look.total))
    if look.all_alike:
        show(tr("The feature is the same for all sample pictures, so it cannot tell them apart."))
        return
    for found in look.neighbours:
        near = ", ".join(f"{path.stem} {distance:.2f}" for path, distance in found.nearest)
        _line(tr("Nearest"), f"{found.picture.stem}: {near}")


def _other() -> str:
    return f"  {tr('or')}"


def _line(head: str, text: str) -> None:
    show(f"{head:<12}{text}")
