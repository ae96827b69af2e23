"""Removing pictures frees their space, and the others stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making import assert_in_step, fill, outcomes, tiny_spec, unit_vectors

from finder.core.errors import Reason
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.plan import Plan
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
from finder.core.pictures.scan import UnreadablePath

SPEC = tiny_spec(dimension=256)


def bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def test_removing_many_pictures_makes_the_database_smaller(home: Home) -> None:
    """Its files are too large to be merged: nothing else would ever remove the rows."""
    vectors = {SPEC.name: unit_vectors(np.random.default_rng(3), 3_000, SPEC.dimension)}
    with LibraryWriter(home) as writer:
        writer.register_models([SPEC])
        batch = outcomes(range(3_000), vectors)
        writer.write(batch)
    before = bytes_below(home.vectors)
    with LibraryWriter(home) as writer:
        writer.register_models([SPEC])
        writer.removals.forget_files(outcome.file.path for outcome in batch[100:])
        writer.removals.purge()
    assert bytes_below(home.vectors) < before / 10
    found = assert_in_step(home, SPEC.name)
    assert {p: v.tolist() for p, v in found.items()} == dict(
        enumerate(vectors[SPEC.name][:100].tolist())
    )


def test_a_folder_with_only_an_unreadable_entry_is_not_offline(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = UnreadablePath(str(tmp_path / "shut"), Reason.NO_PERMISSION, "no")
    fill(home, [tiny_spec()], [], {tiny_spec().name: np.zeros((0, 8), np.float32)})
    monkeypatch.setattr("finder.core.library.indexing.plan.walk", lambda _: iter([trouble, []]))
    catalogue = Catalogue(home)
    with catalogue.transaction():
        catalogue._db.execute(
            "INSERT INTO file VALUES (?, 0, 0, NULL, ?, NULL, 0, X'')",
            (trouble.path.encode(), Reason.NO_PERMISSION),
        )
    plan = Plan(catalogue, [])
    list(plan.scan(str(tmp_path)))
    catalogue.close()
    assert (plan.offline, plan.gone, plan.unreadable) == ([], [], [trouble])
