"""The list of models: those that are installed, and those that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.cli.output.output import say, show
from finder.core.i18n import tr, trn
from finder.core.models.downloads.offered_files import total_size

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.downloads.offers import Offer
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.use_cases.models.model_speed import Speed
    from finder.use_cases.models.models_overview import ModelEntry, ModelsOverview

_NAME_WIDTH = 22
"""Columns; more where an added model has a longer name."""


def show_models(overview: ModelsOverview) -> None:
    """Four lines for each installed model; a line on stderr for each that is gone and has left
    data."""
    for entry in overview.entries:
        if entry.spec is not None and entry.usage is not None:
            show(_share(entry.spec, entry.is_on, entry.usage, overview))
            show(f"  {_title_and_description(entry.spec)}")
            show(f"  {_facts(entry.spec, entry.usage, entry.speed)}")
            show(f"  {entry.spec.source}")
            if entry.words is not None:
                show(f"  {_words(entry.words)}")
            if entry.usage.failed:
                show(f"  {_failed(entry.spec, entry.is_on, entry.usage)}")
    for entry in overview.entries:
        if entry.spec is None and entry.usage is not None:
            _say_left_over(entry.name, entry.usage)


def show_model_shares(overview: ModelsOverview) -> None:
    """A line for each model that is switched on or has indexed something."""
    for entry in overview.entries:
        if entry.spec is None or entry.usage is None:
            continue
        if entry.is_on or entry.usage.indexed or entry.usage.failed:
            share = _share(entry.spec, entry.is_on, entry.usage, overview)
            show(tr("Model     {share}").format(share=share))
            if entry.usage.failed:
                show(f"          {_failed(entry.spec, entry.is_on, entry.usage)}")


def show_offers(overview: ModelsOverview) -> None:
    """Three lines for each model that can be downloaded."""
    offered = [entry for entry in overview.entries if entry.offer is not None]
    if offered:
        show("")
        show(tr("Not installed; “image-finder models install NAME” downloads one:"))
    width = max([_NAME_WIDTH, *(len(entry.name) for entry in offered)])
    for entry in offered:
        if entry.offer is not None:
            _show_offer(entry, entry.offer, width)


def show_providers(home: Home) -> None:
    """A line for each model that is not computed by the CPU."""
    from finder.use_cases.models.model_settings import providers_in_use

    for name, provider in providers_in_use(home).items():
        show(tr("{name} runs on {provider}.").format(name=name, provider=provider))


def _share(spec: ModelSpec, is_on: bool, usage: ModelUsage, overview: ModelsOverview) -> str:
    text = tr("{n:,} of {total:,} pictures")
    done = text.format(n=usage.indexed, total=overview.pictures)
    names = [entry.name for entry in overview.entries if entry.spec is not None]
    width = max(_NAME_WIDTH, *map(len, names))
    return f"{spec.name:<{width}} {tr('on') if is_on else tr('off'):<4} {done}"


def _facts(spec: ModelSpec, usage: ModelUsage, speed: Speed | None) -> str:
    facts = [tr("{n:,} numbers").format(n=spec.dimension)]
    if spec.has_file:
        facts.append(tr("{n:.1f} MB").format(n=(usage.file_bytes - usage.text_bytes) / 1e6))
    if spec.text is not None:
        facts.append(tr("{n:.1f} MB more for words").format(n=usage.text_bytes / 1e6))
    if usage.indexed:
        facts.append(tr("{n:.1f} MB of vectors").format(n=usage.vector_bytes / 1e6))
    facts.append(spec.licence)
    if speed is not None:
        facts.append(_speed(speed))
    return " · ".join(facts)


def _show_offer(entry: ModelEntry, offer: Offer, width: int) -> None:
    spec, size = offer.spec, offer.size / 1e6
    facts = [tr("{n:,} numbers").format(n=spec.dimension), tr("{n:.1f} MB").format(n=size)]
    if entry.downloaded:
        facts.append(tr("{n:.1f} MB downloaded").format(n=entry.downloaded / 1e6))
    if spec.text is not None:
        facts.append(tr("understands words"))
    show(f"{spec.name:<{width}} {' · '.join((*facts, spec.licence))}")
    show(f"  {_title_and_description(spec)}")
    show(f"  {spec.source}")


def _words(offer: Offer) -> str:
    """What an installed model can be given."""
    text = tr("Can understand words, too: “image-finder models install {name}”, {n:.1f} MB.")
    return text.format(name=offer.spec.name, n=total_size(offer.text_files) / 1e6)


def _say_left_over(name: str, usage: ModelUsage) -> None:
    text = tr(
        "{name} can no longer be used, but its data still takes {mb:.1f} MB; to remove "
        "it: {command}"
    )
    command = f"image-finder models remove {name}"
    size = (usage.vector_bytes + usage.file_bytes) / 1e6
    say(text.format(name=name, mb=size, command=command))


def _failed(spec: ModelSpec, is_on: bool, usage: ModelUsage) -> str:
    if is_on or not usage.fails_mostly:
        return trn(
            "It could not use {n} picture; “image-finder skipped” shows why.",
            "It could not use {n} pictures; “image-finder skipped” shows why.",
            usage.failed,
        )
    return trn(
        "Switched off because it could not use {n} picture; {command} switches it on again.",
        "Switched off because it could not use {n} pictures; {command} switches it on again.",
        usage.failed,
        command=f"image-finder models --on {spec.name}",
    )


def _title_and_description(spec: ModelSpec) -> str:
    from finder.core.models.descriptions import description_of

    title, description = spec.title, description_of(spec)
    return tr("{title}. {description}").format(title=title, description=description)


def _speed(speed: Speed) -> str:
    return trn(
        "{one:.1f} pictures/s, {all:.1f} on {n} core",
        "{one:.1f} pictures/s, {all:.1f} on {n} cores",
        speed.cores,
        one=speed.single,
        all=speed.all_cores,
    )
