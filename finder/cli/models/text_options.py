"""Options about a text tower, and what was found in one."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from finder.cli.output.output import show
from finder.cli.parsers import whole_number
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.text_manifest import MAX_LENGTH
from finder.core.models.text_rules import CLEANING
from finder.use_cases.models.word_files import words_untried

if TYPE_CHECKING:
    from finder.core.models.importing.text_inspection import TextChoice, TextRequest
    from finder.core.search.sample_words import SampleWords

_MOST_TOKENS = 2_000_000


def add_text_options(parser: argparse.ArgumentParser) -> None:
    """What the user may decide; all of it is found in the files otherwise."""
    parser.add_argument(
        "--text-length",
        type=whole_number(2, MAX_LENGTH),
        metavar="N",
        help=tr("how many tokens of a text are read (default: what the files say, 77 or 64)"),
    )
    parser.add_argument(
        "--cleaning",
        choices=list(CLEANING),
        default="",
        help=tr("how words are prepared: as for CLIP, as for SigLIP, or not at all"),
    )
    parser.add_argument(
        "--text-pad",
        type=whole_number(0, _MOST_TOKENS),
        metavar="N",
        help=tr("the token that fills up a short text"),
    )
    parser.add_argument(
        "--text-output", metavar="NAME", default="", help=tr("the output that is a text's vector")
    )
    for option in ("--scale", "--bias"):
        parser.add_argument(
            option,
            type=float,
            metavar="NUMBER",
            help=tr(
                "give both if the model has them: probability = sigmoid(scale · cosine + bias)"
            ),
        )
    parser.add_argument(
        "--force",
        action="store_true",
        help=tr(
            "add it even if its words do not fit the sample pictures: for a model of another "
            "subject than photographs"
        ),
    )


def text_request(options: argparse.Namespace, file: Path, tokenizer: Path) -> TextRequest:
    """Raises FinderError for options that do not go together."""
    from finder.core.models.importing.text_inspection import TextRequest

    if (options.scale is None) != (options.bias is None):
        raise FinderError(tr("--scale and --bias belong together."), tr("Give both, or none."))
    return TextRequest(
        file=file,
        tokenizer=tokenizer,
        length=options.text_length,
        cleaning=options.cleaning,
        pad=options.text_pad,
        output=options.text_output,
        scale=options.scale,
        bias=options.bias,
    )


def full_path(path: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))


def show_text(text: TextChoice) -> None:
    """One line: what goes into the text tower, what comes out, and the rule for words."""
    inputs = " + ".join(filter(None, (text.input, text.mask)))
    described = tr("{inputs} ({type}, {n} tokens, cleaned: {rule}) → {output}: {m} numbers").format(
        inputs=inputs,
        type=text.dtype,
        n=text.length,
        rule=text.cleaning,
        output=text.output,
        m=text.dimension,
    )
    show(f"{tr('Words'):<12}{described}")


def show_words(words: SampleWords | None) -> None:
    """How well the words fit the sample pictures; None: they were not compared."""
    if words is None:
        show(f"{tr('Words'):<12}{words_untried()}")
        return
    text = tr(
        "{right} of {n} sample pictures are nearest to the right one of {groups} descriptions "
        "(by chance: {chance:.0f})"
    ).format(right=words.right, n=words.pictures, groups=words.groups, chance=words.by_chance)
    show(f"{tr('Words'):<12}{text}")
