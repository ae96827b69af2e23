"""The list of models: those that are installed, and those that can be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from finder.cli.printing import say, show
from finder.core.i18n import tr, trn
from finder.core.library.model_usage import ModelUsage
from finder.core.models.descriptions import description_of
from finder.core.models.downloads.offers import Offer
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.web.partial_file import partial_file_size

if TYPE_CHECKING:
    from finder.use_cases.model_speed import Speed


def show_installed(
    specs: Sequence[ModelSpec],
    on: Collection[ModelSpec],
    held: Mapping[str, ModelUsage],
    total: int,
) -> None:
    """Two lines for each model; `on` are those that index new pictures."""
    for spec in specs:
        _show(spec, spec in on, held[spec.name], total)


def show_all(
    specs: Sequence[ModelSpec],
    on: Collection[ModelSpec],
    held: Mapping[str, ModelUsage],
    total: int,
    speeds: Mapping[str, Speed],
) -> None:
    """Three lines for each model, and one for what is left of models that are gone."""
    for spec in specs:
        _show(spec, spec in on, held[spec.name], total)
        show(f"  {_source(spec, speeds.get(spec.sha256))}")
    names = {spec.name for spec in specs}
    for name in held.keys() - names:
        left = tr(
            "{name} can no longer be used, but its data still takes {mb:.1f} MB; to remove "
            "it: {command}"
        )
        command = f"image-finder models remove {name}"
        size = (held[name].vector_bytes + held[name].file_bytes) / 1e6
        say(left.format(name=name, mb=size, command=command))


def show_offers(home: Home, offers: Sequence[Offer]) -> None:
    """Three lines for each."""
    if offers:
        show("")
        show(tr("Not installed; “image-finder models install NAME” downloads one:"))
    for offer in offers:
        spec, size = offer.spec, (offer.file.size or offer.file.max_size) / 1e6
        come = partial_file_size(home.downloads, offer.file.sha256) / 1e6
        line = f"{spec.name:<25} {spec.dimension:>6,}-d {size:>9.1f} MB  {spec.licence}"
        show(tr("{line}   {n:.1f} MB downloaded").format(line=line, n=come) if come else line)
        show(f"  {_what_it_is(spec)}")
        show(f"  {spec.source}")


def _show(spec: ModelSpec, is_on: bool, held: ModelUsage, total: int) -> None:
    done = tr("{n:,} of {total:,} pictures").format(n=held.indexed, total=total)
    vectors = tr("{n:.1f} MB of vectors").format(n=held.vector_bytes / 1e6)
    switch = tr("on") if is_on else tr("off")
    size = f"{held.file_bytes / 1e6:.1f} MB" if spec.has_file else ""
    show(
        f"{spec.name:<20} {switch:<4} {spec.dimension:>6,}-d {size:>9}  {done:<22}"
        f" {vectors:<18} {spec.licence}"
    )
    show(f"  {_what_it_is(spec)}")
    if held.failed:
        show(f"  {_failed(spec, is_on, held)}")


def _failed(spec: ModelSpec, is_on: bool, held: ModelUsage) -> str:
    pictures = trn("{n} picture", "{n} pictures", held.failed)
    why = tr("It could not use {pictures}; “image-finder skipped” shows why.")
    if is_on or not held.fails_mostly:
        return why.format(pictures=pictures)
    why = tr("Switched off because it could not use {pictures}; {command} switches it on again.")
    return why.format(pictures=pictures, command=f"image-finder models --on {spec.name}")


def _what_it_is(spec: ModelSpec) -> str:
    title, description = spec.title, description_of(spec)
    return tr("{title}. {description}").format(title=title, description=description)


def _source(spec: ModelSpec, speed: Speed | None) -> str:
    source = spec.source
    if speed is None:
        return source
    return trn(
        "{source} · {one:.1f} pictures/s, {all:.1f} on {n} core",
        "{source} · {one:.1f} pictures/s, {all:.1f} on {n} cores",
        speed.cores,
        source=source,
        one=speed.single,
        all=speed.all_cores,
    )
