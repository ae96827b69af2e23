"""Making a model's variant in a process of its own. `make` orders, `read_order` is how the other
process learns what is wanted.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.stop import Stop
from finder.core.text import tr
from finder.jobs.child import MAKE_VARIANT, limit_process, own_command

if TYPE_CHECKING:
    from finder.core.library.variants import Order

log = logging.getLogger(__name__)

_MEMORY = 12_000_000_000
"""Bytes of address space; the quantiser has several copies of a model at a time."""
_SECONDS = 3 * 3_600
"""Of processor time: large models take a second for a picture."""
_LOOK_EVERY = 0.05


def make(order: Order, stop: Stop) -> None:
    """Make a variant's folder below the order's. Raises FinderError; Stopped, then the process is
    gone, too."""
    path = order.parent / f"{order.precision}.json"
    path.write_text(json.dumps(_plain(order)), encoding="utf-8")
    process = subprocess.Popen(
        own_command(MAKE_VARIANT, str(path)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(order.parent))},
        start_new_session=True,  # a Ctrl+C is for us
    )
    with process:
        try:
            said, logged = _wait(process, stop)
        finally:
            process.kill()
    if process.returncode == 0:
        return
    log.warning("making a variant ended with %s: %s", process.returncode, logged[-2_000:])
    raise FinderError(
        (said.strip().splitlines() or [""])[-1]
        or tr("{title} cannot be made {precision}: that took too much time or memory.").format(
            title=order.spec.title, precision=order.precision
        ),
        tr("Use the model as it is."),
    )


def _wait(process: subprocess.Popen[str], stop: Stop) -> tuple[str, str]:
    """What it printed on stdout and stderr. Raises Stopped."""
    while True:
        stop.check()
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_LOOK_EVERY)


def _plain(order: Order) -> dict[str, object]:
    return {
        "model": str(order.spec.file.parent),
        "sha256": order.spec.sha256,
        "precision": order.precision,
        "paths": order.paths,
        "max_pixels": order.max_pixels,
    }


def read_order(path: Path) -> Order:
    """In the other process: what is to be made, within limits from now on."""
    from finder.core.library.variants import Order
    from finder.core.models.spec import load_spec

    limit_process(_MEMORY, _SECONDS)
    told = json.loads(path.read_text(encoding="utf-8"))
    spec = replace(load_spec(Path(told["model"])), sha256=told["sha256"])
    return Order(spec, told["precision"], tuple(told["paths"]), told["max_pixels"], path.parent)
