"""Execution providers: which one is used, which is refused, and when the CPU takes over. Real
sessions on the CPU stand in for those of other providers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from making import copied, run_index
from model_folders import Made, edit_toml, make_model
from onnx import numpy_helper
from PIL import Image

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, load_settings, save_settings
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.runtime.provider_names import AUTO, CPU, Choice
from finder.core.models.runtime.providers import (
    ProviderMeasurement,
    fastest,
    require_available,
    try_providers,
)
from finder.core.models.runtime.session import available_providers, open_session
from finder.core.models.runtime.session_errors import ProviderFailed
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.provider_choice import ModelProviders

OTHER = "openvino"
IMAGES = [Image.new("RGB", (9, 7), colour) for colour in ("red", "teal", "orange")]
Open = Callable[[ModelSpec, str], Extractor]


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    return load_spec(make_model(tmp_path / "models", Made()))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def instead(other: ModelSpec) -> Open:
    """Opens models so that another provider computes this one."""

    def open_either(spec: ModelSpec, provider: str) -> Any:
        return open_session(spec if provider == CPU else other, CPU)

    return lambda spec, provider: Extractor(spec, provider, open_either)


def altered(spec: ModelSpec, folder: Path, times: list[float]) -> ModelSpec:
    """The same model, but for what each channel's mean is multiplied with."""
    model = onnx.load(spec.file)
    (old,) = (tensor for tensor in model.graph.initializer if tensor.name == "times")
    old.CopyFrom(numpy_helper.from_array(np.array(times, np.float32), "times"))
    content = model.SerializeToString()
    folder.mkdir()
    (folder / "model.onnx").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return replace(spec, file=folder / "model.onnx", sha256=sha256)


def with_other_input(tmp_path: Path) -> ModelSpec:
    """A model that can be opened, and fails when it is given what the others are given."""
    folder = make_model(tmp_path / "others", Made(name="other"))
    model = onnx.load(folder / "model.onnx")
    model.graph.input[0].name = model.graph.node[0].input[0] = "picture"
    content = model.SerializeToString()
    old = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    (folder / "model.onnx").write_bytes(content)
    edit_toml(folder, old, hashlib.sha256(content).hexdigest())
    edit_toml(folder, 'name = "pixels"', 'name = "picture"')
    return load_spec(folder)


def refusing(spec: ModelSpec, provider: str) -> Extractor:
    def open_cpu_only(spec: ModelSpec, provider: str) -> Any:
        if provider != CPU:
            raise ProviderFailed("it has no driver")
        return open_session(spec, provider)

    return Extractor(spec, provider, open_cpu_only)


def measuring_nothing(spec: ModelSpec, provider: str) -> Extractor:
    raise AssertionError("it was measured before")


# Falling back


def test_the_cpu_is_always_there_and_first() -> None:
    assert available_providers()[0] == CPU


@pytest.mark.skipif("cuda" in available_providers(), reason="it is there")
def test_a_missing_provider_falls_back_and_says_so(spec: ModelSpec) -> None:
    extractor = Extractor(spec, "cuda")
    assert extractor.provider == CPU
    assert "cuda could not run Mean colour (" in extractor.fallback_note
    assert "the processor is used instead" in extractor.fallback_note
    own = Extractor(spec).embed_image(IMAGES[0])
    np.testing.assert_array_equal(extractor.embed_image(IMAGES[0]), own)


def test_a_provider_that_fails_while_it_runs_falls_back_and_says_so(
    spec: ModelSpec, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    extractor = instead(with_other_input(tmp_path))(spec, OTHER)
    assert (extractor.provider, extractor.fallback_note) == (OTHER, "")
    own = Extractor(spec)
    vectors = list(pool.map(extractor.embed_image, IMAGES * 8))
    for vector, image in zip(vectors, IMAGES * 8, strict=True):
        np.testing.assert_array_equal(vector, own.embed_image(image))
    assert extractor.provider == CPU
    assert "openvino could not run Mean colour (" in extractor.fallback_note


def test_a_model_that_no_provider_can_run_is_an_error(spec: ModelSpec, tmp_path: Path) -> None:
    broken = with_other_input(tmp_path)
    extractor = Extractor(spec, OTHER, lambda spec, provider: open_session(broken, CPU))
    with pytest.raises(FinderError, match="cannot be loaded"):
        extractor.embed_image(IMAGES[0])


def test_a_damaged_model_is_no_fault_of_the_provider(spec: ModelSpec) -> None:
    spec.file.write_bytes(b"damaged")
    with pytest.raises(FinderError, match="not the one its model"):
        Extractor(spec, "cuda")


def test_an_indexing_run_reports_a_failed_provider(
    home: Home, spec: ModelSpec, samples: Path, tmp_path: Path
) -> None:
    extractors = ExtractorPool(choose=lambda spec: Choice("cuda", "It was wished for."))
    copied([samples / "cats" / "kitten.jpg"], tmp_path / "pictures")
    last = run_index(home, [tmp_path / "pictures"], [spec], extractors)
    assert last.notes[0] == "It was wished for."
    assert "cuda could not run Mean colour" in last.notes[1]
    assert last.counts.new == 1


# Agreement and speed


def test_a_provider_that_agrees_may_be_used(
    spec: ModelSpec, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    close = altered(spec, tmp_path / "close", [1.0, 1.0, 1.0005])
    cpu, other = try_providers(spec, [CPU, OTHER], IMAGES, pool, 2, instead(close))
    assert (cpu.provider, cpu.difference, cpu.refusal) == (CPU, 0.0, "")
    assert (other.provider, other.refusal) == (OTHER, "")
    assert 0 < other.difference < 1e-3
    assert min(cpu.rate, other.rate) > 0


def test_a_provider_with_other_vectors_is_refused_with_a_sentence(
    spec: ModelSpec, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    far = altered(spec, tmp_path / "far", [1.0, 1.0, 1.05])
    _, other = try_providers(spec, [CPU, OTHER], IMAGES, pool, 2, instead(far))
    assert other.difference > 1e-3
    assert "openvino is not used for Mean colour: its vectors differ" in other.refusal


def test_a_provider_that_returns_no_numbers_is_refused(
    spec: ModelSpec, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    none = altered(spec, tmp_path / "none", [np.nan, 1.0, 1.0])
    _, other = try_providers(spec, [CPU, OTHER], IMAGES, pool, 2, instead(none))
    assert "its vectors differ" in other.refusal


def test_a_provider_that_fails_is_refused_with_its_reason(
    spec: ModelSpec, pool: ThreadPoolExecutor
) -> None:
    _, other = try_providers(spec, [CPU, OTHER], IMAGES, pool, 2, refusing)
    assert "(it has no driver)" in other.refusal
    assert other.rate == 0


def test_the_fastest_that_agrees_is_used_and_the_cpu_if_it_is_as_good() -> None:
    cpu, wrong = (
        ProviderMeasurement(CPU, 10.0, 0.0),
        ProviderMeasurement("cuda", 99.0, 0.5, "It differs."),
    )
    slow, fast, faster = (
        ProviderMeasurement("a", 10.9, 0.0),
        ProviderMeasurement("b", 12.0, 0.0),
        ProviderMeasurement("c", 13.0, 0.0),
    )
    assert fastest([cpu]) == CPU
    assert fastest([cpu, wrong, slow]) == CPU
    assert fastest([cpu, wrong, slow, faster, fast]) == "c"


def test_a_missing_provider_cannot_be_set() -> None:
    require_available(CPU, [CPU, OTHER])
    with pytest.raises(FinderError, match="Choose one of these: cpu, openvino"):
        require_available("cuda", [CPU, OTHER])


# Choosing


def wish(home: Home, provider: str) -> None:
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, Settings(provider=provider))


def test_with_the_cpu_alone_nothing_is_measured_or_written(home: Home, spec: ModelSpec) -> None:
    choose = ModelProviders(home, [CPU], measuring_nothing)
    assert choose(spec) == choose.as_measured(spec) == Choice()
    assert not home.root.exists()


def test_a_model_is_measured_once(home: Home, spec: ModelSpec, tmp_path: Path) -> None:
    copy = altered(spec, tmp_path / "copy", [1.0, 1.0, 1.0])
    choose = ModelProviders(home, [CPU, OTHER], instead(copy))
    assert choose.as_measured(spec) == Choice()
    tried = choose.tried(spec)
    again = ModelProviders(home, [CPU, OTHER], measuring_nothing)
    assert again.tried(spec) == tried
    assert again(spec) == again.as_measured(spec) == Choice(fastest(tried))
    with pytest.raises(AssertionError):
        again.tried(copy)  # another file
    with pytest.raises(AssertionError):
        ModelProviders(home, [CPU, OTHER, "cuda"], measuring_nothing).tried(spec)


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"SHA": 1}', '{"SHA": {"under": "UNDER"}}'])
def test_damaged_results_are_measured_again(
    home: Home, spec: ModelSpec, tmp_path: Path, kept: str
) -> None:
    copy = altered(spec, tmp_path / "copy", [1.0, 1.0, 1.0])
    choose = ModelProviders(home, [CPU, OTHER], instead(copy))
    home.root.mkdir()
    under = choose._conditions()
    home.providers.write_text(kept.replace("SHA", spec.sha256).replace("UNDER", under))
    assert [one.provider for one in choose.tried(spec)] == [CPU, OTHER]
    assert list(json.loads(home.providers.read_text())) == [spec.sha256]
    assert home.holds_nothing_else()


def test_the_users_choice_counts(home: Home, spec: ModelSpec, tmp_path: Path) -> None:
    copy = altered(spec, tmp_path / "copy", [1.0, 1.0, 1.0])
    wish(home, OTHER)
    assert ModelProviders(home, [CPU, OTHER], instead(copy))(spec) == Choice(OTHER)
    wish(home, CPU)
    assert ModelProviders(home, [CPU, OTHER], measuring_nothing)(spec) == Choice(CPU)


def test_an_unusable_choice_falls_back_to_the_cpu_with_a_sentence(
    home: Home, spec: ModelSpec, tmp_path: Path
) -> None:
    far = altered(spec, tmp_path / "far", [1.0, 1.0, 1.05])
    wish(home, OTHER)
    choice = ModelProviders(home, [CPU, OTHER], instead(far))(spec)
    assert choice.provider == CPU
    assert "its vectors differ" in choice.note
    choice = ModelProviders(home, [CPU, "cuda"], measuring_nothing)(spec)
    assert choice.provider == CPU
    assert "openvino is not available" in choice.note
    assert ModelProviders(home, [CPU], measuring_nothing)(spec) == choice


def test_a_model_that_cannot_be_measured_is_left_to_the_cpu(home: Home, spec: ModelSpec) -> None:
    spec.file.unlink()
    assert ModelProviders(home, [CPU, OTHER])(spec) == Choice()


def test_automatic_is_the_default(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        assert load_settings(catalogue).provider == AUTO
