"""What `image-finder models import FILE` does: look, show, ask, add."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from finder.cli.printing import printable, say
from finder.core.errors import FinderError
from finder.core.models.candidates import Candidate
from finder.core.models.examining import Findings
from finder.core.models.importing import Choice, proposal, require_name, require_preset
from finder.core.models.presets import PRESETS, fitting_presets
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, samples_dir
from finder.core.search.sampling import SampleLook, look_at_samples
from finder.core.text import tr, trn

_MOST_SHOWN = 6
"""Other features."""


def import_model(home: Home, options: argparse.Namespace) -> None:
    from finder.jobs.importing import examine, keep, prepared

    if options.name:
        require_name(home, options.name)
    file = Path(os.path.abspath(os.path.expanduser(options.file)))
    findings = examine(file, options.size, options.feature)
    if options.preprocess:
        require_preset(options.preprocess, findings.image)
    _show_findings(findings, options.preprocess)
    choice = _chosen(proposal(home, findings), options)
    with prepared(choice) as made:
        if not made.batch_free:
            print(tr("It takes one picture at a time, which is all that is needed here."))
        _show_look(_look(home, made.spec))
        if not _agreed(choice, options.yes):
            print(tr("Nothing was added."))
            return
        keep(home, made, choice.name)
    print(tr("Added the model “{name}”.").format(name=choice.name))
    hint = tr("“image-finder index --model {name}” indexes your pictures with it.")
    say(hint.format(name=choice.name))


def _chosen(choice: Choice, options: argparse.Namespace) -> Choice:
    return replace(
        choice,
        preset=options.preprocess or choice.preset,
        name=options.name or choice.name,
    )


def _look(home: Home, spec: ModelSpec) -> SampleLook:
    """What the model finds among the samples, after it has passed its trial."""
    from finder.jobs.pool import query_pool
    from finder.jobs.providers import plain_extractors_of

    extractors = plain_extractors_of(home)
    with closing(extractors), query_pool() as pool:
        *_, look = look_at_samples(extractors.get(spec), samples_dir(), pool)
    return look


def _agreed(choice: Choice, yes: bool) -> bool:
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise FinderError(
            tr("Nothing was added: there is no terminal to ask you."),
            tr("Say --yes to add it as shown."),
        )
    question = tr("Add it as “{name}”? [y/N] ").format(name=choice.name)
    return input(question).strip().lower() in ("y", "yes", tr("y"), tr("yes"))


def _show_findings(findings: Findings, preset: str) -> None:
    image = findings.image
    size = tr("{width} × {height} pixels").format(width=image.width, height=image.height)
    if image.free:
        size = tr("any size, {size} unless --size says otherwise").format(size=size)
    _line(tr("Picture"), f"{image.name} ({image.layout}, {image.dtype}): {size}")
    for number, candidate in enumerate(findings.candidates[: 1 + _MOST_SHOWN]):
        _line(tr("Feature") if not number else tr("  or"), _described(candidate, not number))
    chosen = preset or findings.preset
    why = tr("you named it") if preset else findings.preset_reason
    _line(tr("Preprocess"), f"{chosen}: {PRESETS[chosen].says} – {why}")
    for name, other in fitting_presets(image.dtype).items():
        if name != chosen:
            _line(tr("  or"), f"{name}: {other.says}")


def _described(candidate: Candidate, proposed: bool) -> str:
    """As --feature takes it, with what it is."""
    feature = candidate.feature
    node = feature.tensor if feature.take == "whole" else f"{feature.tensor}:{feature.take}"
    numbers = trn("{n} number", "{n} numbers", candidate.dimension)
    why = f" – {candidate.reason}" if proposed else ""
    return f"{node}: {numbers}, {candidate.what}{why}"


def _show_look(look: SampleLook) -> None:
    """The neighbours of two samples, or why they mean nothing."""
    if look.silent:
        text = tr("For {n} of {total} sample pictures the feature is zero or no number.")
        print(text.format(n=look.silent, total=look.total))
    if look.alike:
        print(tr("The feature is the same for all sample pictures: it tells nothing of them."))
        return
    for found in look.neighbours:
        near = ", ".join(f"{path.stem} {distance:.2f}" for path, distance in found.nearest)
        _line(tr("Near to"), f"{found.picture.stem}: {near}")


def _line(head: str, text: str) -> None:
    print(printable(f"{head:<12}{text}"))
