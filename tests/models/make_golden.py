"""Write golden.json again, from the shipped models and samples.

Run by hand, and only when a model file or its preprocessing is changed on purpose (then raise the
model's version, too):

    python tests/models/make_golden.py
"""

from __future__ import annotations

import json

from golden_pictures import COMPONENTS, GOLDEN, PICTURES, decoded

from finder.core.models.registry import list_models
from finder.core.models.runtime.extractor import Extractor
from finder.core.paths import samples_dir, shipped_models_dir


def main() -> None:
    golden = {}
    shipped, _ = list_models([shipped_models_dir()])
    for spec in (spec for spec in shipped if spec.has_file):
        extractor = Extractor(spec)
        golden[spec.name] = {
            name: [
                round(float(value), 6)
                for value in extractor.embed_image(decoded(samples_dir(), name, spec))[:COMPONENTS]
            ]
            for name in PICTURES
        }
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
