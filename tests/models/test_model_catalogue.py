"""The catalogue of models: its entries, and how a file that fits one becomes a model."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from offered_graphs import graph_of, offered_as
from onnx.reference import ReferenceEvaluator
from PIL import Image
from serving import Site, answer

from finder.core.errors import FinderError
from finder.core.models.downloads.installation import install, tidy_downloads
from finder.core.models.downloads.offers import Offer, catalogue_file, find_offer, read_offers
from finder.core.models.graph.truncation import Feature
from finder.core.models.manifest import load_spec
from finder.core.models.preprocess import to_input
from finder.core.models.registry import list_models
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.known_files import is_known
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.web.partial_file import partial_file_size
from finder.core.web.remote_file import Stage

OFFERS = read_offers(catalogue_file())
NAMES = [offer.spec.name for offer in OFFERS]
DIMENSIONS = {
    "resnet50-v1-12": 2_048,
    "resnet18-v1-7": 512,
    "vgg16-12": 4_096,
    "mobilenetv2-12": 1_280,
    "efficientnet-lite4-11": 1_280,
    "squeezenet1.1-7": 1_000,
    "dinov2-small": 384,
    "siglip2-b16-224": 768,
    "clip-vit-b32": 512,
    "clip-vit-b32-256-datacomp": 512,
    "tinyclip-vit-8m": 512,
}
LITE4 = "efficientnet-lite4-11"
DATACOMP, TINYCLIP = "clip-vit-b32-256-datacomp", "tinyclip-vit-8m"
EACH = pytest.mark.parametrize("offer", OFFERS, ids=NAMES)
RESNET = find_offer(OFFERS, "resnet18-v1-7")


def installed(home: Home, offer: Offer, *given: Path) -> ModelSpec:
    *_, last = install(home, offer, given)
    assert last.stage is Stage.DONE
    spec = load_spec(home.models / offer.spec.name)
    assert is_known(home, spec)
    return spec


def refusal(home: Home, offer: Offer, *given: Path) -> str:
    with pytest.raises(FinderError) as caught:
        list(install(home, offer, given))
    assert caught.value.hint
    assert not home.models.exists() or not os.listdir(home.models)
    return caught.value.sentence


@pytest.fixture
def made(tmp_path: Path) -> tuple[Offer, Path]:
    """An offer and its file on the disk."""
    model, _ = graph_of(RESNET)
    file = tmp_path / "downloaded.onnx"
    file.write_bytes(model.SerializeToString())
    return offered_as(RESNET, file.read_bytes()), file


# Entries


def test_it_offers_these() -> None:
    assert {offer.spec.name: offer.spec.dimension for offer in OFFERS} == DIMENSIONS


@EACH
def test_every_download_has_a_checksum(offer: Offer) -> None:
    for file in offer.files:
        assert all(url.startswith("https://") for url in file.urls)
        assert len(set(file.urls)) == len(file.urls)
        assert len(file.sha256) == 64
        assert file.max_size == (file.size or 90_000_000)


@EACH
def test_every_entry_can_be_stored_in_model_toml(offer: Offer) -> None:
    spec = offer.spec
    assert spec.licence in ("Apache-2.0", "MIT")
    side = 256 if "256" in spec.name else 224
    assert spec.input.layout == ("NHWC" if spec.name == LITE4 else "NCHW")
    assert (spec.input.height, spec.input.width) == (side, side)
    resized = {"siglip2-b16-224": "squash", DATACOMP: "crop-rounded", TINYCLIP: "crop-rounded"}
    assert spec.input.resize == resized.get(spec.name, "crop")
    assert spec.input.keep == (1.0 if spec.text else 0.875)
    assert bool(offer.tensor) != bool(offer.operator)


def test_the_files_are_all_different(specs: list[ModelSpec]) -> None:
    files = [file.sha256 for offer in OFFERS for file in offer.files]
    assert len(set(files)) == len(files)
    assert not {spec.name for spec in specs} & set(NAMES)


def test_a_name_that_is_not_offered_is_reported() -> None:
    with pytest.raises(FinderError, match="has no model called “zebra”") as caught:
        find_offer(OFFERS, "zebra")
    assert "resnet50-v1-12, " in caught.value.hint
    with pytest.raises(FinderError, match="has no model called “resnet50-v1”") as caught:
        find_offer(OFFERS, "resnet50-v1")
    assert caught.value.hint.startswith("Did you mean “resnet50-v1-12”?")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("format = 1", "format = 2", "its format 2 is not supported by this version"),
        ("format = 1\n", "", "'format' is missing"),
        ("dimension = 2048", "", "resnet50-v1-12: 'dimension' is missing"),
        ("bytes = 102576593", "bytes = 0", "bytes must be a whole number from 1"),
        ("bytes = 102576593", "", "resnet50-v1-12: 'at_most' is missing"),
        ('sha256 = "3f03', 'sha256 = "../../3f03', "sha256 must be 64 hexadecimal digits"),
        ('"https://huggingface.co/onnxmodelzoo/resnet50', '"file:///r', "is not a web address"),
        (
            'tensor = "resnetv17_pool1_fwd"\n',
            "",
            "its feature needs either tensor or input_of_last",
        ),
        ('name = "resnet50-v1-12"', 'name = "../x"', "its name may have only"),
        ("format = 1", "format = ", "Invalid value"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    path = tmp_path / "catalogue.toml"
    text = catalogue_file().read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FinderError, match="The catalogue of models cannot be read") as caught:
        read_offers(path)
    assert sentence in caught.value.sentence


def test_a_missing_catalogue_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FinderError, match="No such file"):
        read_offers(tmp_path / "catalogue.toml")


# Installing


@pytest.mark.parametrize("offer", [o for o in OFFERS if o.text is None], ids=lambda o: o.spec.name)
def test_a_file_becomes_a_model(home: Home, site: Site, offer: Offer, samples: Path) -> None:
    """What comes out is the feature that the catalogue means, at length 1."""
    model, feature = graph_of(offer)
    content = model.SerializeToString()
    site.pages["/m.onnx"] = answer(content, "application/octet-stream")
    spec = installed(home, offered_as(offer, content, f"{site.root}/m.onnx"))
    image = Image.open(samples / "cats" / "kitten.jpg").convert("RGB")
    vector = Extractor(spec).embed_image(image)
    assert vector.shape == (DIMENSIONS[spec.name],)

    model.graph.output.append(onnx.ValueInfoProto(name=feature))
    batch = to_input(image, spec.input)
    outputs = dict(
        zip(
            [value.name for value in model.graph.output],
            ReferenceEvaluator(model).run(None, {spec.input.name: batch}),
            strict=True,
        )
    )
    wanted = outputs[feature][:, 0] if offer.pooling == "first" else outputs[feature]
    wanted = wanted.ravel() / np.linalg.norm(wanted)
    np.testing.assert_allclose(vector, wanted, atol=2e-5)


def test_the_catalogues_facts_stay_with_the_model(home: Home, made: tuple[Offer, Path]) -> None:
    offer, file = made
    spec = installed(home, offer, file)
    assert spec.output == "embedding"
    assert replace(spec, file=Path("x"), sha256="", output="") == replace(
        offer.spec, file=Path("x"), sha256="", output=""
    )
    (found,), broken = list_models([home.models])
    assert (found, broken) == (spec, [])


def test_what_was_downloaded_is_not_kept_twice(home: Home, site: Site) -> None:
    content = graph_of(RESNET)[0].SerializeToString()
    site.pages["/m"] = answer(content, "application/octet-stream")
    installed(home, offered_as(RESNET, content, f"{site.root}/m"))
    assert os.listdir(home.downloads) == ["lock"]


def test_a_cancelled_installation_continues(home: Home, site: Site) -> None:
    content = graph_of(RESNET)[0].SerializeToString()
    site.pages["/m"] = answer(content, "application/octet-stream")
    offer = offered_as(RESNET, content, f"{site.root}/m")
    with closing(install(home, offer)) as steps:
        while next(steps).stage is not Stage.CHECKING:
            pass
    assert partial_file_size(home.downloads, offer.file.sha256) == len(content)
    assert not home.models.exists()
    installed(home, offer)
    assert len(site.seen) == 1


def test_threads_change_nothing(home: Home, site: Site) -> None:
    content = graph_of(RESNET)[0].SerializeToString()
    site.pages["/m"] = answer(content, "application/octet-stream")
    offer = offered_as(RESNET, content, f"{site.root}/m")
    with ThreadPoolExecutor(1) as executor:
        *_, last = install(home, offer, (), executor)
    assert last.stage is Stage.DONE
    assert load_spec(home.models / RESNET.spec.name).dimension == 512


# A file from the disk


def test_nothing_is_downloaded_if_a_file_is_given(home: Home, made: tuple[Offer, Path]) -> None:
    offer, file = made
    installed(home, offer, file)
    assert file.exists()
    assert not home.downloads.exists()


def test_another_file_is_refused(home: Home, made: tuple[Offer, Path]) -> None:
    offer, file = made
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    for wrong in (bytes(content), content + b"x", b"", content[:-1]):
        file.write_bytes(wrong)
        sentence = refusal(home, offer, file)
        assert sentence.startswith("downloaded.onnx is not the file of ResNet-18 that")


def test_what_is_missing_or_no_file_is_refused(home: Home, tmp_path: Path) -> None:
    assert "No such file" in refusal(home, RESNET, tmp_path / "none")
    assert "Is a directory" in refusal(home, RESNET, tmp_path)


def test_a_name_that_is_taken_is_refused_before_anything_else(
    home: Home, made: tuple[Offer, Path]
) -> None:
    offer, file = made
    installed(home, offer, file)
    with pytest.raises(FinderError, match="already a model called “resnet18-v1-7”"):
        next(install(home, offer))


@pytest.mark.parametrize(
    "change",
    [
        {"tensor": "another"},
        {"tensor": "", "operator": "LSTM"},
        {"dimension": 511},
        {"output": "another"},
        {"input": "another"},
    ],
)
def test_a_catalogue_that_is_wrong_about_a_file_is_reported(
    home: Home, made: tuple[Offer, Path], change: dict[str, object]
) -> None:
    offer, file = made
    spec = offer.spec
    if "dimension" in change:
        spec = replace(spec, dimension=511)
    if "output" in change:
        spec = replace(spec, output="another")
    if "input" in change:
        spec = replace(spec, input=replace(spec.input, name="another"))
    feature = {key: value for key, value in change.items() if key in ("tensor", "operator")}
    wrong = replace(offer, spec=spec, **feature)  # type: ignore[arg-type]
    assert refusal(home, wrong, file) == (
        "The file of ResNet-18 does not have the structure that the catalogue describes."
    )


@pytest.mark.parametrize(
    ("graph", "output", "feature", "before"),
    [
        ("light_vgg19", "prob_1", "r44", "Dropout"),
        ("light_resnet50", "gpu_0/softmax_1", "r173", "Reshape"),
    ],
)
def test_the_place_before_the_classes_is_found_in_graphs_of_others(
    graph: str, output: str, feature: str, before: str
) -> None:
    """Without a name, in the well-known networks of the onnx package."""
    model = onnx.load(Path(onnx.__file__).parent / f"backend/test/data/light/{graph}.onnx")
    offer = find_offer(OFFERS, "vgg16-12")
    offer = replace(offer, spec=replace(offer.spec, output=output))
    assert offer.feature(model.graph) == Feature(feature, "whole")
    assert [node.op_type for node in model.graph.node if feature in node.output] == [before]


def test_parts_of_installed_or_withdrawn_models_are_removed(
    home: Home, made: tuple[Offer, Path]
) -> None:
    offer, file = made
    installed(home, offer, file)
    home.downloads.mkdir()
    mobile = find_offer(OFFERS, "mobilenetv2-12")
    for sha256 in (offer.file.sha256, mobile.file.sha256, "0" * 64):
        (home.downloads / f"{sha256}.part").write_bytes(b"x")
    tidy_downloads(home, [offer, mobile])
    assert os.listdir(home.downloads) == [f"{mobile.file.sha256}.part"]
