"""The words of `image-finder models`."""

from __future__ import annotations

from finder.cli.parsers import Words, add, whole
from finder.core.i18n import tr
from finder.core.models.runtime.provider_names import AUTO, PROVIDERS


def add_models(commands: Words) -> None:
    models = add(commands, "models", tr("list the models, and how much each has indexed"))
    for option, text in (
        ("--on", tr("index new pictures with this model; may be repeated")),
        ("--off", tr("do not index new pictures with this model; may be repeated")),
    ):
        models.add_argument(option, action="append", metavar="NAME", default=[], help=text)
    models.add_argument(
        "--provider",
        choices=[AUTO, *PROVIDERS],
        help=tr(
            "compute models with this provider; auto: the fastest here; remembered (default: auto)"
        ),
    )
    models.set_defaults(word=None)
    words = models.add_subparsers(dest="word", metavar=tr("WORD"))
    _add_upkeep(words)
    _add_import(words)
    _add_optimise(words)


def _add_upkeep(words: Words) -> None:
    _add_install(words)
    _add_remove(words)
    measure = add(
        words,
        "measure",
        tr("measure how fast models are on this computer"),
        tr("“image-finder models” then shows the result."),
    )
    measure.add_argument("name", metavar="NAME", nargs="?", help=tr("one model (default: all)"))
    reindex = add(
        words,
        "reindex",
        tr("delete a model's vectors and compute them again"),
        tr(
            "Vectors of pictures on a drive that is not connected are kept. Ctrl+C stops; "
            "“index --model NAME” continues from there."
        ),
    )
    reindex.add_argument("name", metavar="NAME")


def _add_install(words: Words) -> None:
    install = add(
        words,
        "install",
        tr("download a model of the catalogue, check it, and add it"),
        tr("Ctrl+C stops; what was downloaded is kept, and the same command continues from there."),
    )
    install.add_argument("name", metavar="NAME", help=tr("as “image-finder models” lists it"))
    install.add_argument(
        "--from",
        dest="file",
        metavar="FILE",
        help=tr("use this copy of the model's file; nothing is downloaded"),
    )


def _add_remove(words: Words) -> None:
    remove = add(
        words,
        "remove",
        tr("remove a model that was added, with all its vectors"),
        tr("The pictures and the other models' vectors are not touched."),
    )
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--yes", action="store_true", help=tr("do not ask"))


def _add_import(words: Words) -> None:
    load = add(
        words,
        "import",
        tr("add an image model from an ONNX file"),
        tr(
            "What was found in the file and the proposed settings are shown before anything "
            "is added. Its external data files must be in the same folder."
        ),
    )
    load.add_argument("file", metavar="FILE", help=tr("an .onnx file"))
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
            tr("how a picture is prepared: imagenet, unit, signed, lite, caffe, clip or raw"),
        ),
        ("--name", "NAME", tr("the model's name (default: that of its file)")),
    ):
        load.add_argument(option, metavar=name, default="", help=text)
    load.add_argument(
        "--size",
        type=whole(16, 1_024),
        metavar="PIXELS",
        help=tr("height and width of its input if the model accepts any size (default: 224)"),
    )
    load.add_argument("--yes", action="store_true", help=tr("add it without asking"))


def _add_optimise(words: Words) -> None:
    optimise = add(
        words,
        "optimise",
        tr("make faster or smaller variants of a model, and compare them with it"),
        tr(
            "A variant is a model of its own: your pictures are indexed again with it. "
            "Nothing is kept unless you say so; Ctrl+C leaves nothing behind."
        ),
    )
    optimise.add_argument("name", metavar="NAME", help=tr("the model"))
    for precision, text in (
        ("int8", tr("make a variant with 8-bit numbers, calibrated on your pictures")),
        ("float16", tr("make a variant with weights stored as float16: half the file")),
    ):
        optimise.add_argument(
            f"--{precision}",
            dest="precisions",
            action="append_const",
            const=precision,
            default=[],
            help=text,
        )
    optimise.add_argument(
        "--pictures",
        type=whole(20, 5_000),
        metavar="N",
        default=500,
        help=tr("compare on this many of the library's pictures, 20 to 5000 (default: 500)"),
    )
    optimise.add_argument(
        "--keep",
        action="append",
        choices=["int8", "float16"],
        default=[],
        help=tr("keep this variant without asking; may be repeated"),
    )
    optimise.add_argument(
        "--switch",
        action="store_true",
        help=tr("index new pictures with the kept variant instead of the model"),
    )
