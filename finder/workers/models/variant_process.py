"""Making a variant of a model in a child process. The parent writes the request to a file, which
the child reads.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.workers.child_command import MAKE_VARIANT, limit_process
from finder.workers.child_process import Ending, run_child

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.optimising.variants import VariantRequest

_MEMORY = 12_000_000_000
"""Bytes of address space; the quantiser holds several copies of a model at a time."""
_SECONDS = 3 * 3_600
"""Of processor time: large models take a second per picture."""


def make_in_child(request: VariantRequest, token: CancelToken) -> None:
    """Make a variant's folder below the request's `parent`. Raises FinderError; Cancelled, after
    the process has ended."""
    path = Path(os.path.abspath(request.parent / f"{request.precision}.json"))
    path.write_text(json.dumps(_as_json(request)), encoding="utf-8")
    result = run_child(
        MAKE_VARIANT, str(path), seconds=2 * _SECONDS, token=token, within=path.parent
    )
    if result.ending is not Ending.DONE:
        raise result.failure(
            tr("{title} cannot be made {precision}: {why}."),
            tr("Use the model as it is."),
            title=request.spec.title,
            precision=request.precision,
        )


def _as_json(request: VariantRequest) -> dict[str, object]:
    return {
        "model": os.path.abspath(request.spec.file.parent),
        "sha256": request.spec.sha256,
        "precision": request.precision,
        "paths": request.paths,
        "max_pixels": request.max_pixels,
    }


def read_request(path: Path) -> VariantRequest:
    """In the child: limit this process, and read what is to be made."""
    from finder.core.models.manifest import load_spec
    from finder.core.optimising.variants import VariantRequest

    limit_process(_MEMORY, _SECONDS)
    request = json.loads(path.read_text(encoding="utf-8"))
    spec = replace(load_spec(Path(request["model"])), sha256=request["sha256"])
    return VariantRequest(
        spec, request["precision"], tuple(request["paths"]), request["max_pixels"], path.parent
    )
