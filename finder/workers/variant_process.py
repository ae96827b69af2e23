"""Making a model's variant in a child process. `make` orders, `read_order` is how the child learns
what is wanted.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.workers.child_command import MAKE_VARIANT, limit_process
from finder.workers.child_process import Ending, run_child

if TYPE_CHECKING:
    from finder.core.optimising.variants import VariantRequest

_MEMORY = 12_000_000_000
"""Bytes of address space; the quantiser has several copies of a model at a time."""
_SECONDS = 3 * 3_600
"""Of processor time: large models take a second for a picture."""


def make(order: VariantRequest, stop: CancelToken) -> None:
    """Make a variant's folder below the order's. Raises FinderError; Cancelled, then the process is
    gone, too."""
    path = Path(os.path.abspath(order.parent / f"{order.precision}.json"))
    path.write_text(json.dumps(_plain(order)), encoding="utf-8")
    ended = run_child(MAKE_VARIANT, str(path), seconds=2 * _SECONDS, stop=stop, within=path.parent)
    if ended.ending is not Ending.DONE:
        raise ended.failure(
            tr("{title} cannot be made {precision}").format(
                title=order.spec.title, precision=order.precision
            ),
            tr("Use the model as it is."),
        )


def _plain(order: VariantRequest) -> dict[str, object]:
    return {
        "model": os.path.abspath(order.spec.file.parent),
        "sha256": order.spec.sha256,
        "precision": order.precision,
        "paths": order.paths,
        "max_pixels": order.max_pixels,
    }


def read_order(path: Path) -> VariantRequest:
    """In the child: what is to be made, within limits from now on."""
    from finder.core.models.manifest import load_spec
    from finder.core.optimising.variants import VariantRequest

    limit_process(_MEMORY, _SECONDS)
    told = json.loads(path.read_text(encoding="utf-8"))
    spec = replace(load_spec(Path(told["model"])), sha256=told["sha256"])
    return VariantRequest(
        spec, told["precision"], tuple(told["paths"]), told["max_pixels"], path.parent
    )
