"""A model's description: stored in English, shown in the user's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from finder.core.i18n import mark, tr

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

IMPORTED: Final = mark("Imported from {file}: {pooling} of {tensor}.")
IN_8_BITS: Final = mark("{title} computed with 8-bit numbers: faster, and nearly as exact.")
IN_16_BITS: Final = mark("{title} with a file of half the size; as fast, and as exact.")
FROM_KERAS: Final = mark("{title} from Keras, {pooling} pooling, {weights}.")
FROM_TORCHVISION: Final = mark("{name} from torchvision, {weights}.")
FROM_MODULE: Final = mark("A PyTorch module of your own.")
TAUGHT: Final = mark("{title}, taught {labels} labels with {pictures} pictures.")
TRAINED: Final = mark("Trained on pictures of your own, from {title}, to tell {n} labels apart.")
_TEMPLATES: Final = (IMPORTED, IN_8_BITS, IN_16_BITS, FROM_KERAS, FROM_TORCHVISION, TAUGHT, TRAINED)


def description_of(spec: ModelSpec) -> str:
    """What the model is good at, or where it comes from, in the user's language."""
    for template in _TEMPLATES:
        found = _pattern(template).fullmatch(spec.description)
        if found is not None:
            return tr(template).format(**found.groupdict())
    return tr(spec.description)


def _pattern(template: str) -> re.Pattern[str]:
    """Matches every text that the template can produce."""
    parts = re.split(r"\{(\w+)\}", template)
    texts = [re.escape(text) for text in parts[::2]]
    fields = [f"(?P<{name}>.+)" for name in parts[1::2]] + [""]
    return re.compile("".join(text + field for text, field in zip(texts, fields, strict=True)))
