"""The command line's words."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from finder import __version__
from finder.cli.model_arguments import add_words
from finder.core.limits import MOST_MATCHES, MOST_MEGAPIXELS
from finder.core.models.provider_names import AUTO, PROVIDERS
from finder.core.text import tr


def parse(argv: list[str]) -> argparse.Namespace:
    """Options with at least `command` (None: the window), `home` and `picture`.

    Exits with 2 on wrong usage, as argparse does.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    options.home = getattr(options, "home", None)
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="image-finder",
        description=tr(
            "Find pictures that look alike, offline, on your own machine.\n"
            "Without a command, the window opens."
        ),
        epilog=tr(
            "examples:\n"
            "  image-finder index ~/Pictures          index a folder with every model\n"
            "  image-finder search photo.jpg          what looks like it, model by model\n"
            "  image-finder search photo.jpg --json   the same for a program\n"
            "\n"
            "IMAGE_FINDER_HOME names the library's folder, as --home does.\n"
            "Exit codes: 0 done, 1 it could not be done (with the reason), 2 wrong usage."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"image-finder {__version__}")
    _add_home(parser)
    parser.set_defaults(command=None, picture=None)
    commands = parser.add_subparsers(dest="command", metavar=tr("COMMAND"))
    _add_index(commands)
    _add_search(commands)
    window = _add(commands, "window", tr("open the window, with a query picture if one is given"))
    window.add_argument("picture", nargs="?", metavar="PICTURE")
    _add_models(commands)
    _add(commands, "status", tr("show what the library holds and where"))
    _add(commands, "skipped", tr("list the files that could not be read, with the reasons"))
    forget = _add(
        commands, "forget", tr("take a folder out of the library; its pictures are not touched")
    )
    forget.add_argument("folder", metavar="FOLDER")
    _add_check(commands)
    _add_restore(commands)
    return parser


def _add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    models = _add(commands, "models", tr("list the models, and how much each has indexed"))
    for option, text in (
        ("--on", tr("index new pictures with this model; may be repeated")),
        ("--off", tr("do not index new pictures with this model; may be repeated")),
    ):
        models.add_argument(option, action="append", metavar="NAME", default=[], help=text)
    models.add_argument(
        "--provider",
        choices=[AUTO, *PROVIDERS],
        help=tr("compute models with this one; auto: what is fastest here; kept (default: auto)"),
    )
    models.set_defaults(word=None)
    words = models.add_subparsers(dest="word", metavar=tr("WORD"))
    add_words(words, _add)
    _add_models_import(words)
    _add_models_optimise(words)


def _add_models_import(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    load = _add(
        words,
        "import",
        tr("add an image model from an ONNX file"),
        tr(
            "What was found in it and what is proposed is shown before anything is added. Data "
            "files that belong to it must lie beside it."
        ),
    )
    load.add_argument("file", metavar="FILE", help=tr("an .onnx file"))
    for option, name, text in (
        (
            "--feature",
            "NODE",
            tr(
                "the node or value that becomes the embedding; with :mean, :max, :first or :whole "
                "behind it that is taken of it"
            ),
        ),
        (
            "--preprocess",
            "NAME",
            tr("how a picture is prepared: imagenet, unit, signed, lite, caffe, clip or raw"),
        ),
        ("--name", "NAME", tr("what the model will be called (default: as its file)")),
    ):
        load.add_argument(option, metavar=name, default="", help=text)
    load.add_argument(
        "--size",
        type=_whole(16, 1_024),
        metavar="PIXELS",
        help=tr("height and width of the picture where the model takes any (default: 224)"),
    )
    load.add_argument("--yes", action="store_true", help=tr("add it without being asked"))


def _add_models_optimise(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    optimise = _add(
        words,
        "optimise",
        tr("make faster or smaller variants of a model, and compare them with it"),
        tr(
            "A variant is a model of its own: it indexes the pictures anew. Nothing is kept unless "
            "you say so; Ctrl+C leaves nothing behind."
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
        type=_whole(20, 5_000),
        metavar="N",
        default=500,
        help=tr("compare on so many of the library's pictures, 20 to 5000 (default: 500)"),
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
        help=tr("index new pictures with what is kept instead of the model"),
    )


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = _add(
        commands,
        "check",
        tr("verify everything that the library keeps"),
        tr("Exit code 1 tells that something is wrong and was not repaired."),
    )
    check.add_argument(
        "--repair",
        action="store_true",
        help=tr("make anew what is wrong; only what can be made again is touched"),
    )


def _add_restore(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    restore = _add(
        commands,
        "restore",
        tr("bring back a copy of the catalogue; without a name, list the copies"),
        tr("A copy is kept once a day and before each change of format."),
    )
    restore.add_argument("copy", metavar="COPY", nargs="?", help=tr("its name, or “latest”"))


def _add_index(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    index = _add(
        commands,
        "index",
        tr("bring the library up to date with folders of pictures"),
        tr(
            "Files that have not changed are not opened again. Ctrl+C stops; what was finished "
            "is kept, and the next run goes on from there."
        ),
    )
    index.add_argument(
        "folders",
        nargs="*",
        metavar="FOLDER",
        help=tr("a folder to add or update (default: every folder of the library)"),
    )
    _add_model(index, tr("index with this model; may be repeated (default: all switched on)"))
    index.add_argument(
        "--max-megapixels",
        type=_whole(1, MOST_MEGAPIXELS),
        metavar="N",
        help=tr("skip pictures above N megapixels, 1 to 2000; kept (default: 300)"),
    )


def _add_search(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    search = _add(commands, "search", tr("show the pictures that look like a given one"))
    search.add_argument("picture", metavar="PICTURE", help=tr("any picture file"))
    _add_model(search, tr("compare with this model; may be repeated (default: all that indexed)"))
    search.add_argument(
        "--top",
        type=_whole(1, MOST_MATCHES),
        default=10,
        metavar="K",
        help=tr("how many matches, 1 to 200 (default: 10)"),
    )
    search.add_argument(
        "--metric",
        choices=["euclidean", "cosine", "ip", "l1", "hamming"],
        default="euclidean",
        help=tr(
            "the number shown: Euclidean distance (default), cosine similarity, inner product; for "
            "baselines L1 or Hamming distance. A model that has no such number shows its own"
        ),
    )
    for option, name, text in (
        ("--folder", "FOLDER", tr("only pictures in this folder")),
        ("--since", "DAY", tr("only pictures taken on this day or later, like 2024-06-30")),
        ("--until", "DAY", tr("only pictures taken on this day or earlier")),
    ):
        search.add_argument(option, metavar=name, help=text)
    search.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    more: str = "",
) -> argparse.ArgumentParser:
    described = summary[0].upper() + summary[1:] + "."
    parser = commands.add_parser(name, help=summary, description=f"{described} {more}".strip())
    _add_home(parser)
    return parser


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help=tr("the library's folder (default: IMAGE_FINDER_HOME, else your data folder)"),
    )


def _add_model(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--model", action="append", metavar="NAME", default=[], help=text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within these bounds."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdecimal() else least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(
                tr("“{text}” is not a whole number from {least} to {most}").format(
                    text=text, least=least, most=most
                )
            )
        return number

    return read
