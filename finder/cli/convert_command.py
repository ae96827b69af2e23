"""`image-finder convert`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from finder.cli.output.output import say, show
from finder.cli.parsers import Commands, Parser, add_command, whole_number
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.presets import PRESETS

if TYPE_CHECKING:
    from finder.convert.source import Source
    from finder.core.paths import Home


def add_convert(commands: Commands) -> None:
    parser = add_command(
        commands,
        "convert",
        tr("Convert a Keras, torchvision or PyTorch network into a model."),
        tr("It is kept only if its features match its framework's for the same pictures."),
    )
    kinds = parser.add_subparsers(
        title=tr("frameworks"), dest="framework", metavar=tr("FRAMEWORK"), required=True
    )
    for add_framework in (_add_keras, _add_torchvision, _add_module):
        _add_common(add_framework(kinds))


def _add_keras(kinds: Commands) -> Parser:
    summary = tr("A network of keras.applications, without its classifier.")
    parser = add_command(kinds, "keras", summary, handler=convert)
    parser.add_argument("network", metavar="NETWORK", help=tr("such as resnet50 or vgg16"))
    parser.add_argument("--weights", default="imagenet", metavar="WEIGHTS", help=_online_weights())
    parser.add_argument(
        "--pooling",
        choices=["max", "avg"],
        default="max",
        help=tr("how the last feature maps become one vector (default: max)"),
    )
    return parser


def _add_torchvision(kinds: Commands) -> Parser:
    summary = tr("A classifier of torchvision, without its last layer.")
    parser = add_command(kinds, "torchvision", summary, handler=convert)
    parser.add_argument("network", metavar="NETWORK", help=tr("such as resnet18 or vit_b_16"))
    parser.add_argument("--weights", default="imagenet", metavar="WEIGHTS", help=_online_weights())
    return parser


def _add_module(kinds: Commands) -> Parser:
    parser = add_command(
        kinds,
        "module",
        tr("A PyTorch module from a Python file."),
        tr(
            "The file is executed: use only files that you trust. The module's output is the "
            "feature."
        ),
        handler=convert,
    )
    parser.add_argument(
        "network",
        metavar="FILE.py:NAME",
        help=tr("the file and, in it, a module or a function or class that returns one"),
    )
    parser.add_argument(
        "--weights",
        default="random",
        metavar="FILE",
        help=tr("its state dict, .pth or .safetensors (default: the weights it is created with)"),
    )
    parser.add_argument(
        "--preprocess",
        choices=list(PRESETS),
        default="imagenet",
        help=tr(
            "how it expects its pixels: with ImageNet's mean and deviation (default), as "
            "Caffe does, from −1 to 1 (signed), from 0 to 1 (unit), from 0 to 255 (raw), as "
            "CLIP or EfficientNet-Lite"
        ),
    )
    return parser


def _add_common(parser: Parser) -> None:
    parser.add_argument(
        "--input",
        type=whole_number(16, 1024),
        metavar="SIDE",
        help=tr("width and height of its input in pixels (default: the usual one)"),
    )
    parser.add_argument(
        "--name", metavar="NAME", help=tr("the model's name (default: that of the network)")
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--output", metavar="DIR", help=tr("create the model's folder inside this one")
    )
    where.add_argument("--add", action="store_true", help=tr("add it to the library"))


def _online_weights() -> str:
    return tr("imagenet (default; downloaded if needed), random, or a file")


def convert(home: Home, options: argparse.Namespace) -> None:
    from finder.convert.source import plain_name, require
    from finder.core.models.model_folders import add_model, write_new_model

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
    """Raises FinderError before the work rather than after it."""
    from finder.core.models.model_folders import require_name_free

    if options.add:
        require_name_free(home, name)
    elif (_folder(options) / name).exists():
        raise FinderError(
            tr("{path} already exists.").format(path=_folder(options) / name),
            tr("Remove it, or give this model another name with --name."),
        )


def _folder(options: argparse.Namespace) -> Path:
    return Path(options.output).expanduser().absolute()
