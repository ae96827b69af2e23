"""What `image-finder convert …` does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from finder.cli.printing import say, show
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.model_folders import add_model, require_name_free, write_new_model
from finder.core.paths import Home

if TYPE_CHECKING:
    from finder.convert.source import Source


def convert(home: Home, options: argparse.Namespace) -> None:
    from finder.convert.source import plain_name, require

    require(*_PACKAGES[options.framework])
    if options.name is not None and plain_name(options.name) != options.name:
        raise FinderError(
            tr("“{name}” is not a valid model name.").format(name=options.name),
            tr("Use a-z, 0-9, “.”, “_” and “-”, like this: {name}.").format(
                name=plain_name(options.name)
            ),
        )
    say(tr("Loading the framework …"))
    source = _source(options)
    _require_free(home, options, source.spec.name)
    say(tr("Converting {title} …").format(title=source.spec.title))
    from finder.convert.conversion import convert as converted

    made = converted(source)
    if options.add:
        spec = add_model(home, made.spec, made.content)
    else:
        spec = write_new_model(_folder(options), made.spec, made.content)
    show(
        tr(
            "{name}: {dimension:,} numbers per picture. On {n} pictures it differs from its "
            "framework by {raw:.1e} of the features' scale, and by {unit:.1e} as vectors of "
            "length 1 (limit: 1e-4)."
        ).format(
            name=spec.name,
            dimension=spec.dimension,
            n=made.parity.pictures,
            raw=made.parity.raw,
            unit=made.parity.unit,
        )
    )
    show(str(spec.file.parent))
    if options.add:
        say(tr("“image-finder index --model {name}” indexes with it.").format(name=spec.name))
    else:
        say(tr("To use it, copy this folder into {folder}.").format(folder=str(home.models)))


_PACKAGES = {
    "keras": ("torch", "onnxscript", "keras"),
    "torchvision": ("torch", "onnxscript", "torchvision", "safetensors"),
    "module": ("torch", "onnxscript", "safetensors"),
}
"""What each framework's conversion imports; all of them are in the extra."""


def _source(options: argparse.Namespace) -> Source:
    if options.framework == "keras":
        from finder.convert.applications import application

        return application(
            options.network, options.weights, options.pooling, options.input, options.name
        )
    if options.framework == "torchvision":
        from finder.convert.vision import vision

        return vision(options.network, options.weights, options.input, options.name)
    from finder.convert.module import module

    return module(
        options.network, options.weights, options.input or 224, options.preprocess, options.name
    )


def _require_free(home: Home, options: argparse.Namespace, name: str) -> None:
    """Said before the work, not after it."""
    if options.add:
        require_name_free(home, name)
    elif (_folder(options) / name).exists():
        raise FinderError(
            tr("{path} already exists.").format(path=_folder(options) / name),
            tr("Remove it, or give this model another name with --name."),
        )


def _folder(options: argparse.Namespace) -> Path:
    return Path(options.output).expanduser().absolute()
