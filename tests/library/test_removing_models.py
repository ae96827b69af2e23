"""A model is removed with everything that was stored of it; the others are not affected."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from command_line import locked_by_process
from forking import ForkedProcesses
from making import assert_in_step, copied, fill, in_catalogue, tiny_spec, unit_vectors
from model_folders import Made, make_model

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, load_settings, save_settings
from finder.core.library.model_usage import (
    ModelUsage,
    drop_for_reindexing,
    is_added,
    model_usages,
    remove_model,
)
from finder.core.library.writer import LibraryWriter
from finder.core.models.registry import list_models
from finder.core.models.runtime.trial_records import note_trials, passed_trials
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.jobs.workspace import Workspace

_KILLED = """
import importlib, os
from functools import reduce
from pathlib import Path
from finder.core.library.model_usage import ModelUsage, remove_model
from finder.core.paths import Home

home, module, names = Home(Path(sys.argv[1])), importlib.import_module(sys.argv[2]), sys.argv[3]
*path, name = names.split(".")
setattr(reduce(getattr, path, module), name, lambda *_, **__: os._exit(9))
remove_model(home, ModelUsage("gone", "Gone", home.models / "gone", "b" * 64, 40, 0, 0))
"""
"""Removes a model, and exits where a function would be entered."""

KEPT, GONE = tiny_spec("kept"), tiny_spec("gone", mark="b")
PICTURES = range(1, 41)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Of two models, with 40 pictures each; one has a folder. Only to be read: see `library`."""
    home = Home(tmp_path_factory.mktemp("made") / "home")
    random = np.random.default_rng(5)
    vectors = {spec.name: unit_vectors(random, len(PICTURES), 8) for spec in (KEPT, GONE)}
    fill(home, [KEPT, GONE], PICTURES, vectors)
    make_model(home.models, Made(name=GONE.name))
    note_trials(home, [f"{GONE.sha256} a", f"{KEPT.sha256} a"])
    return home


@pytest.fixture
def library(home: Home, made: Home) -> Home:
    shutil.copytree(made.root, home.root)
    return home


def holding(home: Home, name: str = GONE.name) -> ModelUsage:
    installed, broken = list_models([home.models])
    with closing(Catalogue(home)) as catalogue:
        return model_usages(home, catalogue, installed, broken)[name]


def gone(home: Home) -> ModelUsage:
    """The one that is removed; its sha256 as it was indexed."""
    return ModelUsage(GONE.name, GONE.title, home.models / GONE.name, GONE.sha256, 40, 0, 0)


def files_of(home: Home, model: ModelSpec) -> dict[str, str]:
    """The SHA-256 of every file that has the model's vectors; the names of the others'."""
    folders = (home.nearest, home.vectors / "collections")
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    key = f"{model.name}-"
    mine = [p for p in paths if p.name.startswith(key) or f"m_{model.name}_" in str(p)]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in mine}


def unlike(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The files that have changed; the engine's own log is reopened each time."""
    names = sorted(name for name in before.keys() | after.keys() if "wal" not in name)
    return [name for name in names if before.get(name) != after.get(name)]


def rows_about(home: Home, model: str) -> dict[str, int]:
    """How many rows of each table of the catalogue belong to a model."""
    with closing(Catalogue(home)) as catalogue:
        ask = catalogue.connection.execute
        return {
            "model": ask("SELECT COUNT(*) FROM model WHERE name = ?", (model,)).fetchone()[0],
            "embedding": ask("SELECT COUNT(*) FROM embedding WHERE model = ?", (model,)).fetchone()[
                0
            ],
            "tombstone": ask("SELECT COUNT(*) FROM tombstone WHERE model = ?", (model,)).fetchone()[
                0
            ],
            "setting": ask(
                "SELECT COUNT(*) FROM setting WHERE key LIKE ? OR value LIKE ?",
                (f"%{model}-%", f'%"{model}"%'),
            ).fetchone()[0],
        }


def test_what_is_stored_of_a_model_is_reported(library: Home) -> None:
    usage = holding(library)
    assert (usage.name, usage.folder, usage.indexed) == ("gone", library.models / "gone", 40)
    assert usage.file_bytes == (library.models / "gone" / "model.onnx").stat().st_size
    in_matrix = 40 * (8 * 4 + 8)
    assert in_matrix < usage.vector_bytes < in_matrix + 20_000
    other = holding(library, "kept")
    assert (other.folder, other.indexed, other.file_bytes) == (None, 40, 0), "only its vectors"


def test_all_of_it_is_removed_and_nothing_of_the_others(library: Home) -> None:
    vectors = assert_in_step(library, "kept")
    before = files_of(library, KEPT)
    assert files_of(library, GONE)
    assert len(before) > 2
    remove_model(library, gone(library))
    assert rows_about(library, "gone") == dict.fromkeys(rows_about(library, "gone"), 0)
    assert files_of(library, GONE) == {}
    assert os.listdir(library.models) == []
    assert passed_trials(library) == [f"{KEPT.sha256} a"]
    assert unlike(before, files_of(library, KEPT)) == []
    after = assert_in_step(library, "kept")
    assert after.keys() == vectors.keys() == set(PICTURES)
    for picture, vector in vectors.items():
        np.testing.assert_array_equal(after[picture], vector)


def test_the_next_writer_finds_the_others_in_step(library: Home) -> None:
    """It need not compare anything: the last writer's mark is still valid."""
    remove_model(library, gone(library))
    with LibraryWriter(library) as writer:
        writer.store.repair_unstamped()
        assert not writer.store.is_open
        assert writer.notes == []


def test_settings_do_not_mention_it_any_more(library: Home) -> None:
    with closing(Catalogue(library)) as catalogue:
        save_settings(
            catalogue, Settings(models_on=("gone", "kept"), models_shown=("gone",), top=7)
        )
    remove_model(library, gone(library))
    with closing(Catalogue(library)) as catalogue:
        kept = load_settings(catalogue)
    assert (kept.models_on, kept.models_shown, kept.top) == (("kept",), None, 7)


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("library.removals", "forget_choice"),
        ("library.model_usage", "remove_model_folder"),
        ("models.model_folders", "shutil.rmtree"),
        ("library.vectors.store_session", "StoreSession.drop_unknown"),
        ("library.vectors.milvus_lite", "MilvusLiteStore.drop_all_but"),
        ("library.vectors.store_session", "drop_all_but"),
        ("library.model_usage", "forget_trials"),
    ],
)
def test_a_killed_removal_is_finished_the_next_time(
    library: Home, forked: ForkedProcesses, module: str, names: str
) -> None:
    before = assert_in_step(library, "kept")
    killed = forked.run(_KILLED, library.root, f"finder.core.{module}", names)
    assert killed.returncode == 9
    if (library.models / "gone").exists() or rows_about(library, "gone")["model"]:
        remove_model(library, holding(library))
    with LibraryWriter(library) as writer:  # any later run that stores something
        writer.register_models([KEPT])
        writer.store.opened_for("kept")
        assert writer.notes == []
    assert rows_about(library, "gone")["embedding"] == 0
    assert files_of(library, GONE) == {}
    assert list_models([library.models]) == ([], [])
    after = assert_in_step(library, "kept")
    assert {p: v.tobytes() for p, v in after.items()} == {p: v.tobytes() for p, v in before.items()}


def test_the_last_model_can_be_removed(home: Home) -> None:
    fill(home, [GONE], PICTURES, {"gone": unit_vectors(np.random.default_rng(1), 40, 8)})
    make_model(home.models, Made(name="gone"))
    remove_model(home, gone(home))
    assert files_of(home, GONE) == {}
    assert in_catalogue(home, "gone") == set()


def test_a_model_that_was_never_used_is_removed_without_the_engine(library: Home) -> None:
    make_model(library.models, Made(name="new"))
    before = files_of(library, KEPT)
    remove_model(library, holding(library, "new"))
    assert not (library.models / "new").exists()
    assert files_of(library, KEPT) == before


def test_without_a_library_none_is_made(home: Home) -> None:
    make_model(home.models, Made(name="new"))
    installed, broken = list_models([home.models])
    remove_model(home, model_usages(home, None, installed, broken)["new"])
    assert not home.catalogue.exists()
    assert os.listdir(home.models) == []


def test_a_broken_model_can_be_removed(library: Home) -> None:
    (library.models / "gone" / "model.toml").write_text("broken")
    usage = holding(library)
    assert (usage.title, usage.sha256, usage.indexed) == ("gone", "", 40)
    remove_model(library, usage)
    assert os.listdir(library.models) == []
    assert in_catalogue(library, "gone") == set()


def test_a_model_whose_folder_is_a_link_keeps_its_files(library: Home, tmp_path: Path) -> None:
    (library.models / "gone").rename(tmp_path / "elsewhere")
    (library.models / "gone").symlink_to(tmp_path / "elsewhere")
    remove_model(library, holding(library))
    assert os.listdir(library.models) == []
    assert (tmp_path / "elsewhere" / "model.onnx").exists()


def test_a_folder_that_cannot_be_removed_keeps_its_vectors(
    library: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    before = rows_about(library, "gone")
    monkeypatch.setattr("finder.core.models.model_folders.os.rename", refuse)
    with pytest.raises(FinderError, match="cannot be removed: Permission denied"):
        remove_model(library, gone(library))
    assert rows_about(library, "gone") == before
    assert_in_step(library, "gone")


def test_a_model_whose_folder_was_deleted_meanwhile_is_removed(library: Home) -> None:
    held = gone(library)
    shutil.rmtree(library.models / "gone")
    remove_model(library, held)
    assert rows_about(library, "gone")["embedding"] == 0


def test_a_window_that_still_knows_it_does_not_bring_it_back(library: Home, samples: Path) -> None:
    make_model(library.models, Made(name="seen"))
    workspace = Workspace(library)
    (spec,) = [s for s in workspace.overview().models if s.name == "seen"]
    birds = [str(samples / "birds")]
    for _ in workspace.index(birds, [spec]):
        pass
    remove_model(library, holding(library, "seen"))
    assert list(workspace.update(birds, [spec])) == []
    with pytest.raises(FinderError, match="Not installed any more: Mean colour"):
        list(workspace.index(birds, [spec]))
    with pytest.raises(FinderError, match="Not installed any more: Mean colour"):
        workspace.models.drop_vectors(spec)
    assert set(rows_about(library, "seen").values()) == {0}


def test_not_beside_another_writer(library: Home) -> None:
    with locked_by_process(library), pytest.raises(FinderError, match="is being written to"):
        remove_model(library, gone(library))
    assert (library.models / "gone").exists()
    assert in_catalogue(library, "gone") == set(PICTURES)


def test_shipped_models_cannot_be_removed(library: Home, specs: list[ModelSpec]) -> None:
    assert not any(is_added(library, spec.file.parent) for spec in specs)
    assert is_added(library, library.models / "gone")


# Computing vectors again


def test_vectors_to_be_computed_again_are_removed_first(library: Home) -> None:
    before = assert_in_step(library, "kept")
    with LibraryWriter(library) as writer:
        writer.register_models([KEPT, GONE])
        assert drop_for_reindexing(writer, "gone") == 40
    assert assert_in_step(library, "gone") == {}
    assert assert_in_step(library, "kept").keys() == before.keys()
    with closing(Catalogue(library)) as catalogue:
        assert "gone" in catalogue.models.states()


def test_vectors_of_offline_pictures_stay(library: Home, samples: Path, tmp_path: Path) -> None:
    """Offline: the folder is missing, so none of them could be computed again."""
    here = tmp_path / "here"
    copied([samples / "cats" / "kitten.jpg"], here)
    with LibraryWriter(library) as writer:
        with writer.catalogue.transaction():
            for folder in ("/pictures", str(here)):
                writer.catalogue.folders.add(folder)
            writer.catalogue.files.remove(["/pictures/3.jpg"])
            known = next(writer.catalogue.files.below("/pictures"))
            moved = known.__class__(str(here / "kitten.jpg"), 1, 1, 3)
            writer.catalogue.files.put(moved)
        writer.register_models([KEPT, GONE])
        assert drop_for_reindexing(writer, "gone") == 1
    assert assert_in_step(library, "gone").keys() == set(PICTURES) - {3}


def test_the_notes_of_trials_are_texts(home: Home) -> None:
    home.root.mkdir()
    home.tried.write_text(json.dumps(["a", 1, None]))
    assert passed_trials(home) == ["a"]
