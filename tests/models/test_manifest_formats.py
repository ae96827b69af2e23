"""Both formats of model.toml: read, written and read again; a newer one is refused."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_folders import Made, edit_toml, make_model

from finder.core.errors import FinderError
from finder.core.models.manifest import (
    INPUT_TYPES,
    MAX_DIMENSION,
    RESAMPLE_FILTERS,
    RESIZE_RULES,
    load_spec,
    manifest_text,
    read_manifest,
)
from finder.core.models.model_folders import add_model
from finder.core.models.registry import list_models
from finder.core.models.spec import NAME, InputSpec, ModelSpec, TextSpec
from finder.core.models.text_manifest import MAX_LENGTH, TEXT_TYPES
from finder.core.models.text_rules import CLEANING
from finder.core.models.toml_values import to_toml
from finder.core.optimising.precision import INT8, variant_of
from finder.core.paths import Home, shipped_models_dir

SOUND = """
[sound]
file = "sound.onnx"
seconds = 10
mono = true

[sound.rates]
lowest = 8000
"""
SOUND_TABLE = {"file": "sound.onnx", "seconds": 10, "mono": True, "rates": {"lowest": 8_000}}

characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters, min_size=1).map(str.strip).filter(bool)
numbers = st.floats(allow_nan=False, allow_infinity=False)
triples = st.tuples(numbers, numbers, numbers)
sides = st.integers(1, 4_096)
inputs = st.builds(
    InputSpec,
    name=texts,
    layout=st.sampled_from(["NCHW", "NHWC"]),
    height=sides,
    width=sides,
    resize=st.sampled_from(RESIZE_RULES),
    resample=st.sampled_from(RESAMPLE_FILTERS),
    colour=st.sampled_from(["RGB", "BGR"]),
    mean=triples,
    std=triples.filter(lambda std: 0.0 not in std),
    keep=st.floats(0.1, 1.0),
    dtype=st.sampled_from(INPUT_TYPES),
)
zones = st.integers(-1_439, 1_439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
scalars = (
    texts
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.none() | zones)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(characters), inner),
    max_leaves=8,
)
unknown_keys = st.text(characters).map("x-".__add__)
extras = st.dictionaries(unknown_keys, values, max_size=3)
SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)
tokens = st.integers(0, 2**31 - 1)
probabilities = st.just((None, None)) | st.tuples(numbers, numbers)
text_towers = st.builds(
    lambda numbers, **values: TextSpec(scale=numbers[0], bias=numbers[1], **values),
    probabilities,
    file=st.just(Path("somewhere") / "text.onnx"),
    sha256=SHA256,
    tokenizer=st.just(Path("somewhere") / "tokenizer.json"),
    tokenizer_sha256=SHA256,
    length=st.integers(1, MAX_LENGTH),
    input=texts,
    output=texts,
    cleaning=st.sampled_from(list(CLEANING)),
    pad=tokens,
    end=st.none() | tokens,
    mask=st.just("") | texts,
    dtype=st.sampled_from(TEXT_TYPES),
)
specs = st.builds(
    ModelSpec,
    name=st.from_regex(NAME, fullmatch=True),
    version=texts,
    title=texts,
    description=texts,
    dimension=st.integers(1, MAX_DIMENSION),
    licence=texts,
    source=texts,
    file=st.just(Path("somewhere") / "model.onnx"),
    sha256=SHA256,
    input=inputs,
    output=texts,
)


def read(text: str) -> ModelSpec:
    return read_manifest(tomllib.loads(text), Path("somewhere"))


@given(st.dictionaries(st.text(characters), values, max_size=4))
def test_a_table_round_trips(table: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(table)) == table


@given(specs)
def test_format_1_round_trips(spec: ModelSpec) -> None:
    text = manifest_text(spec)
    assert tomllib.loads(text)["format"] == 1
    assert (read(text), read(text).extra) == (spec, {})


@given(specs, extras, extras)
def test_format_2_round_trips_with_unknown_keys(
    spec: ModelSpec, extra: dict[str, Any], of_input: dict[str, Any]
) -> None:
    unknown = {"sound": SOUND_TABLE, **extra, **({"input": of_input} if of_input else {})}
    text = manifest_text(replace(spec, extra=unknown))
    assert tomllib.loads(text)["format"] == 2
    assert (read(text), read(text).extra) == (spec, unknown)
    assert manifest_text(read(text)) == text


@given(specs, text_towers, extras, extras)
def test_a_text_tower_round_trips(
    spec: ModelSpec, tower: TextSpec, extra: dict[str, Any], of_text: dict[str, Any]
) -> None:
    unknown = {**extra, **({"text": of_text} if of_text else {})}
    given_ = replace(spec, text=tower, extra=unknown)
    text = manifest_text(given_)
    assert tomllib.loads(text)["format"] == 2
    assert (read(text), read(text).extra) == (given_, unknown)


@given(st.sampled_from(["phash", "dhash"]), st.integers(1, 64), texts, extras)
def test_a_baseline_round_trips(kind: str, side: int, version: str, extra: dict[str, Any]) -> None:
    table = {
        "format": 1,
        "kind": kind,
        "name": "hash",
        "version": version,
        "title": "Hash",
        "description": "A hash.",
        "dimension": side * side,
        "licence": "CC0",
        "source": "here",
        "input": {"side": side},
    }
    spec = read_manifest(table | extra, Path("somewhere"))
    again = read(manifest_text(spec))
    assert (again, again.extra) == (spec, extra)


@pytest.mark.parametrize(
    "value",
    [
        "\x7f\x00 \"'''\\ 🐦",
        float("inf"),
        date(2024, 2, 29),
        time(1, 2, 3, 4),
        datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC),
        [1, [2.5, {"a b": True}], {}],
    ],
)
def test_toml_has_every_type_that_it_reads(value: object) -> None:
    assert tomllib.loads(to_toml({"key": value})) == {"key": value}


def test_variants_of_a_format_2_model_keep_unknown_keys(tmp_path: Path, home: Home) -> None:
    folder = make_model(tmp_path, Made())
    edit_toml(folder, "format = 1", "format = 2")
    edit_toml(folder, '[output]\nname = "feature"\n', f'[output]\nname = "feature"\n{SOUND}')
    spec = load_spec(folder)
    assert spec.extra == {"sound": SOUND_TABLE}
    added = add_model(home, variant_of(spec, INT8), spec.file.read_bytes())
    assert added.extra == {"sound": SOUND_TABLE}
    assert list_models([home.models]) == ([added], [])


def test_unknown_keys_make_no_other_model(tmp_path: Path) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    assert replace(spec, extra={"sound": SOUND_TABLE}) == spec
    assert len({spec, replace(spec, extra={"sound": SOUND_TABLE})}) == 1


def test_a_newer_format_is_refused_with_a_hint(tmp_path: Path) -> None:
    folder = make_model(tmp_path, Made())
    edit_toml(folder, "format = 1", "format = 3")
    with pytest.raises(FinderError, match="its format 3 is not supported by this version") as fault:
        load_spec(folder)
    assert fault.value.hint == "Update Image Finder."


def test_shipped_manifests_are_of_format_1_and_round_trip() -> None:
    specs, broken = list_models([shipped_models_dir()])
    assert not broken
    for spec in specs:
        table = tomllib.loads((spec.file.parent / "model.toml").read_text(encoding="utf-8"))
        assert (table["format"], spec.extra) == (1, {})
        written = tomllib.loads(manifest_text(spec))
        assert read_manifest(written, spec.file.parent) == spec
