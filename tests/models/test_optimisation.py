"""Variants of a model in other precisions: made, measured, kept."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from making import FACTS
from model_folders import Made, make_model
from onnx import TensorProto, helper, numpy_helper

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError, LibraryBusyError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import FileRecord
from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import add_model, write_new_model
from finder.core.models.registry import list_models
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.optimising.neighbour_overlap import Verdict, mean_cosine, overlap, verdict
from finder.core.optimising.optimisation import OptimisationRequest, optimise
from finder.core.optimising.precision import FLOAT16, FLOAT32, INT8, as_float16, precision_of
from finder.core.optimising.report import OptimisationProgress, Report
from finder.core.optimising.variants import (
    VariantRequest,
    keep_variant,
    make_variant,
    possible_precisions,
    variant_workspace,
)
from finder.core.paths import Home
from finder.core.pictures.decode import decode
from finder.core.writer_lock import WriterLock
from finder.workers.models.model_trial import ModelTrials
from finder.workers.models.variant_process import make_in_child as make

CPU_FLAGS = Path("/proc/cpuinfo")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def small_library(home: Home, samples: Path) -> Home:
    """A catalogue that knows 24 of the samples."""
    paths = [path for path in sorted(samples.rglob("*.jpg")) if "altered" not in path.parts][:24]
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        for number, path in enumerate(paths):
            catalogue.pictures.put(number, FACTS)
            catalogue.files.put(FileRecord(str(path), 1, 1, number))
    return home


def finish(run: Iterator[OptimisationProgress]) -> Report:
    *_, last = run
    assert last.report is not None
    return last.report


# Neighbours


def test_overlap_is_the_shared_part_of_the_neighbour_lists() -> None:
    angles = np.deg2rad([0.0, 10.0, 25.0, 90.0, 93.0, 99.0])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    swapped = vectors[[0, 1, 3, 2, 4, 5]]
    assert overlap(vectors, vectors, top=2) == 1.0
    # {1,2}{0,2}{1,0} {4,5}{3,5}{4,3} against {1,3}{0,3}{4,5} {1,0}{2,5}{4,2}
    assert overlap(vectors, swapped, top=2) == pytest.approx((1 + 1 + 0 + 0 + 1 + 1) / 12)
    assert overlap(vectors, swapped, top=10) == 1.0, "all the others are neighbours"


def test_the_mean_cosine_is_that_of_the_pairs() -> None:
    vectors = np.eye(2, dtype=np.float32)
    assert mean_cosine(vectors, vectors) == 1.0
    assert mean_cosine(vectors, vectors[::-1]) == 0.0


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.95, Verdict.NEARLY_THE_SAME),
        (0.8, Verdict.MOSTLY_THE_SAME),
        (0.79, Verdict.DIFFERENT),
    ],
)
def test_a_verdict_is_what_the_overlap_means(share: float, expected: Verdict) -> None:
    assert verdict(share) is expected


# Precisions


def test_weights_as_float16_halve_the_file_and_hardly_move_a_vector(
    fast_spec: ModelSpec, tmp_path: Path, samples: Path
) -> None:
    made = tmp_path / "model.onnx"
    content = fast_spec.file.read_bytes()
    made.write_bytes(as_float16(content))
    onnx.checker.check_model(str(made))
    assert made.stat().st_size < 0.52 * len(content)
    assert [precision_of(content), precision_of(made.read_bytes())] == [FLOAT32, FLOAT16]
    half = Extractor(replace(fast_spec, file=made, sha256=_sha256(made)))
    image = decode((samples / "cats" / "kitten.jpg").read_bytes(), 320).image
    own, other = Extractor(fast_spec).embed_image(image), half.embed_image(image)
    assert 0.9999 < float(own @ other) < 1.0000001
    assert (own != other).any()


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("values", "is_halved"),
    [
        (np.full(256, 0.1), True),
        (np.full(255, 0.1), False),  # too few to matter
        (np.full(256, 1e-6), False),  # float16 has hardly a digit there
        (np.r_[np.full(255, 1.0), 1e-6], True),  # which does not matter beside large ones
        (np.r_[np.full(255, 1.0), 70_000.0], False),  # beyond float16
        (np.zeros(256), True),
    ],
)
def test_a_tensor_stays_float32_where_float16_would_change_it(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], is_halved: bool
) -> None:
    weight = numpy_helper.from_array(values.astype(np.float32), "weight")
    if not is_halved:
        with pytest.raises(ValueError, match="no weights that float16 could hold"):
            as_float16(_adding(weight))
        return
    made = onnx.load_model_from_string(as_float16(_adding(weight)))
    assert [tensor.data_type for tensor in made.graph.initializer] == [TensorProto.FLOAT16]
    assert [value.name for value in made.graph.input] == ["x"]
    onnx.checker.check_model(made)


def _adding(weight: TensorProto) -> bytes:
    """A model x + weight, which lists its weight among its inputs, as old files do."""
    of_weight = helper.make_tensor_value_info("weight", TensorProto.FLOAT, list(weight.dims))
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "weight"], ["y"])],
        "adding",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(weight.dims)), of_weight],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, list(weight.dims))],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    content: bytes = model.SerializeToString()
    return content


@pytest.mark.skipif(
    not CPU_FLAGS.is_file() or "vnni" not in CPU_FLAGS.read_text(),
    reason="only of processors with VNNI it is known that they do not",
)
def test_it_is_found_out_whether_8_bit_products_saturate() -> None:
    from finder.core.optimising.quantise import products_saturate

    assert not products_saturate()


# What can be made


def test_a_baseline_a_precision_it_has_and_a_name_that_is_taken_are_refused(
    home: Home, specs: Sequence[ModelSpec], fast_spec: ModelSpec
) -> None:
    (vgg16,) = (spec for spec in specs if spec.name == "vgg16")
    assert possible_precisions(home, vgg16, ()) == ([INT8], ["VGG16 is already float16."])
    (home.models / "efficientnet-lite0-int8").mkdir(parents=True)
    taken = "There is already a model called “efficientnet-lite0-int8”."
    assert possible_precisions(home, fast_spec, ()) == ([FLOAT16], [taken])
    assert possible_precisions(home, fast_spec, (INT8,)) == ([], [taken])
    with pytest.raises(FinderError, match="no file that could be made smaller"):
        possible_precisions(home, replace(fast_spec, kind="pixels"), ())


def test_if_nothing_can_be_made_the_reason_is_given(
    home: Home, specs: Sequence[ModelSpec], pool: ThreadPoolExecutor
) -> None:
    (vgg16,) = (spec for spec in specs if spec.name == "vgg16")
    with (
        variant_workspace(home) as parent,
        pytest.raises(FinderError, match="VGG16 is already float16"),
    ):
        next(optimise(home, OptimisationRequest(vgg16, (FLOAT16,)), parent, make, pool, 2))


def test_an_error_of_the_quantiser_is_a_sentence(fast_spec: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(FinderError, match="EfficientNet-Lite0 cannot be made int8: "):
        make_variant(VariantRequest(fast_spec, INT8, (), 10**8, tmp_path))


def test_another_process_says_why_it_could_not(fast_spec: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(FinderError, match="EfficientNet-Lite0 cannot be made int8: "):
        make(VariantRequest(fast_spec, INT8, (), 10**8, tmp_path), CancelToken())


# All of it


def test_variants_are_made_measured_and_kept_as_models_of_their_own(
    small_library: Home, fast_spec: ModelSpec, pool: ThreadPoolExecutor, samples: Path
) -> None:
    home = small_library
    with variant_workspace(home) as parent:
        report = finish(
            optimise(home, OptimisationRequest(fast_spec, pictures=20), parent, make, pool, 2)
        )
        base, int8, float16 = report.measured
        assert list_models([home.models]) == ([], []), "nothing is kept unasked"
        kept = keep_variant(home, int8.spec)
    assert (report.pictures, report.are_samples, report.notes) == (20, False, ())
    assert [m.precision for m in report.measured] == [FLOAT32, INT8, FLOAT16]
    assert base.overlap == 1.0
    assert base.cosine == pytest.approx(1.0)
    assert int8.bytes < 0.35 * base.bytes
    assert float16.bytes < 0.55 * base.bytes
    assert 0.6 < int8.overlap < 1.0
    assert 0.95 < int8.cosine < 0.9999
    assert float16.overlap > 0.9
    assert float16.cosine > 0.9999
    assert min(rate for m in report.measured for rate in (m.single_thread, m.all_threads)) > 0
    assert os.listdir(home.models) == ["efficientnet-lite0-int8"]
    assert (kept.name, kept.title) == ("efficientnet-lite0-int8", "EfficientNet-Lite0, int8")
    assert "int8, calibrated on 24 pictures" in kept.source
    assert kept.sha256 != fast_spec.sha256
    image = decode((samples / "cats" / "kitten.jpg").read_bytes(), 320).image
    assert ExtractorPool(ModelTrials(home)).get(kept).embed_image(image).shape == (1280,)


def test_a_library_with_few_pictures_is_judged_by_the_samples(
    home: Home, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    spec = load_spec(make_model(tmp_path, Made(weights=256)))
    with variant_workspace(home) as parent:
        report = finish(
            optimise(home, OptimisationRequest(spec, (FLOAT16,), 30), parent, make, pool, 2)
        )
    assert report.are_samples
    assert report.pictures == 30
    assert report.measured[1].overlap == 1.0


def test_what_cannot_be_made_is_noted_beside_what_can(
    home: Home, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    def refusing(order: VariantRequest, stop: CancelToken) -> None:
        if order.precision == INT8:
            raise FinderError("It does not want to.")
        make_variant(order)

    spec = load_spec(make_model(tmp_path, Made(weights=256)))
    with variant_workspace(home) as parent:
        report = finish(
            optimise(home, OptimisationRequest(spec, (), 20), parent, refusing, pool, 2)
        )
        with pytest.raises(FinderError, match="It does not want to"):
            list(optimise(home, OptimisationRequest(spec, (INT8,), 20), parent, refusing, pool, 2))
    assert report.notes == ("It does not want to.",)
    assert [m.precision for m in report.measured[1:]] == [FLOAT16]


def test_leaving_in_the_middle_leaves_nothing_behind(
    small_library: Home, fast_spec: ModelSpec, pool: ThreadPoolExecutor
) -> None:
    with variant_workspace(small_library) as parent:
        run = optimise(small_library, OptimisationRequest(fast_spec), parent, make, pool, 2)
        with closing(run):
            assert next(run).doing == "Creating int8"
            end = time.monotonic() + 60
            while not list(parent.glob("*.onnx")) and time.monotonic() < end:
                next(run)
            assert list(parent.glob("*.onnx")), "it is in the middle"
    assert os.listdir(small_library.models) == []
    with WriterLock(small_library):
        pass  # it is free again


def test_it_does_not_disturb_a_run_that_indexes(
    small_library: Home, fast_spec: ModelSpec, pool: ThreadPoolExecutor
) -> None:
    with variant_workspace(small_library) as parent, WriterLock(small_library, "somebody"):
        run = optimise(small_library, OptimisationRequest(fast_spec), parent, make, pool, 2)
        with pytest.raises(LibraryBusyError, match="somebody"):
            next(run)


def test_what_a_killed_process_left_is_removed_after_a_day(home: Home) -> None:
    old, new = home.models / ".optimise-old", home.models / ".optimise-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "whole.onnx").write_bytes(b"")
    yesterday = time.time() - 90_000
    os.utime(old, (yesterday, yesterday))
    with variant_workspace(home):
        assert (old.exists(), new.exists()) == (False, True)


def test_what_a_killed_installation_left_is_removed_after_a_day(
    home: Home, fast_spec: ModelSpec
) -> None:
    old, new, other = (home.models / name for name in (".a.7.part", ".b.8.part", ".git"))
    yesterday = time.time() - 90_000
    for folder in (old, new, other):
        folder.mkdir(parents=True)
    for folder in (old, other):
        os.utime(folder, (yesterday, yesterday))
    add_model(home, replace(fast_spec, name="own"), fast_spec.file.read_bytes())
    assert [folder.exists() for folder in (old, new, other)] == [False, True, True]


def test_of_two_added_at_once_one_is_refused(home: Home, fast_spec: ModelSpec) -> None:
    spec, content = replace(fast_spec, name="own"), fast_spec.file.read_bytes()
    write_new_model(home.models, spec, content)
    with pytest.raises(FinderError, match="already a model called “own”"):
        write_new_model(home.models, spec, content)
    assert len(list(home.models.iterdir())) == 1


def test_a_name_that_would_be_too_long_is_refused_first(home: Home, fast_spec: ModelSpec) -> None:
    can, (said,) = possible_precisions(home, replace(fast_spec, name="a" * 60), ["float16"])
    assert can == []
    assert "would be too long a name" in said


def test_pictures_are_taken_by_their_ids_each_once(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        for path, picture in (("/b", 3), ("/c", 1), ("/a", 3), ("/d", 2)):
            catalogue.pictures.put(picture, FACTS)
            catalogue.files.put(FileRecord(path, 1, 1, picture))
        assert catalogue.files.first_paths(2) == ["/c", "/d"]
        assert catalogue.files.first_paths(9) == ["/c", "/d", "/a"]
