"""The words of `image-finder convert`."""

from __future__ import annotations

from finder.cli.parsers import Words, add, whole
from finder.core.i18n import tr
from finder.core.models.presets import PRESETS


def add_convert(commands: Words) -> None:
    convert = add(
        commands,
        "convert",
        tr("convert a Keras, torchvision or PyTorch network into a model"),
        tr("It is kept only if its features match its framework's for the same pictures."),
    )
    kinds = convert.add_subparsers(dest="framework", metavar=tr("FRAMEWORK"), required=True)
    online = tr("imagenet (default; downloaded if needed), random, or a file")
    keras = add(kinds, "keras", tr("a network of keras.applications, without its classifier"))
    keras.add_argument("network", metavar="NETWORK", help=tr("such as resnet50 or vgg16"))
    keras.add_argument("--weights", default="imagenet", metavar="WEIGHTS", help=online)
    keras.add_argument(
        "--pooling",
        choices=["max", "avg"],
        default="max",
        help=tr("how the last feature maps become one vector (default: max)"),
    )
    vision = add(kinds, "torchvision", tr("a classifier of torchvision, without its last layer"))
    vision.add_argument("network", metavar="NETWORK", help=tr("such as resnet18 or vit_b_16"))
    vision.add_argument("--weights", default="imagenet", metavar="WEIGHTS", help=online)
    module = add(
        kinds,
        "module",
        tr("a PyTorch module from a Python file"),
        tr(
            "The file is executed: use only files that you trust. The module's output is the "
            "feature."
        ),
    )
    module.add_argument(
        "network",
        metavar="FILE.py:NAME",
        help=tr("the file and, in it, a module or a function or class that returns one"),
    )
    module.add_argument(
        "--weights",
        default="random",
        metavar="FILE",
        help=tr("its state dict, .pth or .safetensors (default: the weights it is created with)"),
    )
    module.add_argument(
        "--preprocess",
        choices=list(PRESETS),
        default="imagenet",
        help=tr(
            "how it expects its pixels: with ImageNet's mean and deviation (default), as "
            "Caffe does, from −1 to 1 (signed), from 0 to 1 (unit), from 0 to 255 (raw), as "
            "CLIP or EfficientNet-Lite"
        ),
    )
    for parser in (keras, vision, module):
        parser.add_argument(
            "--input",
            type=whole(16, 1024),
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
