"""What every recipe does around its own building step: arguments, check, comparison, verdict."""

import argparse
from pathlib import Path

import onnx
from compare import Agreement, compare, find_pictures
from packages import sha256

MODELS = Path(__file__).resolve().parents[1]
SAMPLES = MODELS.parent / "resources" / "samples"

OPSET = 20
"""The ONNX operator set the models are written in."""

IR_VERSION = 10
"""The ONNX file version that belongs to it: older runtimes refuse newer files."""


def argument_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser of the arguments all recipes share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the rebuilt file (NAME/model.onnx) and the packages it is made from",
    )
    parser.add_argument(
        "--pictures",
        type=Path,
        default=SAMPLES,
        metavar="DIR",
        help="folder of the pictures to compare with (default: the sample pictures)",
    )
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Return the arguments; ``pictures`` becomes the list of the pictures found.

    Ends the program with a message, as argparse does, if there are none.
    """
    arguments = parser.parse_args()
    folder = arguments.pictures
    arguments.pictures = find_pictures(folder)
    if not arguments.pictures:
        parser.error(f"there are no pictures in {folder}; name a folder with --pictures")
    return arguments


def conclude(name: str, rebuilt: Path, pictures: list[Path]) -> Agreement:
    """Check the rebuilt file, and compare it with the shipped model ``name``.

    Raises ``onnx.checker.ValidationError`` if the file is not valid ONNX.
    """
    onnx.checker.check_model(rebuilt, full_check=True)
    return compare(MODELS / name, rebuilt, pictures)


def verdict(name: str, rebuilt: Path, agreement: Agreement) -> str:
    """Return the outcome in lines for a terminal."""
    word = "agrees with" if agreement.good else "DIFFERS from"
    return (
        f"{name}: the rebuilt file {word} the shipped one over {agreement.pictures} pictures\n"
        f"  maximum difference {agreement.difference:.2e}\n"
        f"  minimum cosine     {agreement.cosine:.8f}\n"
        f"  rebuilt file       {rebuilt}, {rebuilt.stat().st_size:,} bytes\n"
        f"  SHA-256            {sha256(rebuilt)}"
    )
