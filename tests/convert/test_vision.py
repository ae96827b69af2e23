"""Networks of torchvision, converted with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from converting import added, embeddings, pictures, skip_without_frameworks, unit
from PIL import Image

skip_without_frameworks()

import safetensors.torch  # noqa: E402
import torch  # noqa: E402

from finder.convert.vision import import_torchvision, vision  # noqa: E402
from finder.core.errors import FinderError  # noqa: E402
from finder.core.paths import Home  # noqa: E402


class Planted:
    """A weights file from an unknown source may hold this: unpickling it runs a program."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.file,)


@pytest.fixture(scope="module")
def trained() -> Any:
    """A ResNet18 for 7 classes whose batch normalisation has seen pictures."""
    torch.manual_seed(3)
    network = import_torchvision().models.resnet18(num_classes=7)
    network(torch.rand(4, 3, 64, 64) * 3)
    return network.eval()


def test_trained_weights_compute_what_they_compute_in_torchvision(
    trained: Any, home: Home, samples: Path, tmp_path: Path
) -> None:
    """A checkpoint as training scripts write it, for other classes than ImageNet's."""
    state = {f"module.{name}": value for name, value in trained.state_dict().items()}
    file = tmp_path / "checkpoint.pth"
    torch.save({"epoch": 3, "state_dict": state}, file)
    spec = added(home, vision("resnet18", str(file), 64, name="mine"))
    assert (spec.dimension, spec.input.keep, spec.input.resize) == (512, 0.875, "crop")
    assert "checkpoint.pth (SHA-256 " in spec.source

    from torchvision.models.feature_extraction import create_feature_extractor
    from torchvision.transforms import v2

    squares = [image.resize((256, 256), Image.Resampling.BICUBIC) for image in pictures(samples)]
    usual = v2.Compose(
        [
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    middles = [  # 0.875 of it
        image.resize((64, 64), Image.Resampling.BILINEAR, box=(16, 16, 240, 240))
        for image in squares
    ]
    features = create_feature_extractor(trained, ["flatten"])
    with torch.inference_mode():
        expected = features(torch.stack([usual(image) for image in middles]))["flatten"].numpy()
    assert np.abs(embeddings(spec, squares) - unit(expected)).max() <= 1e-4


def test_safetensors_are_accepted(trained: Any, tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    safetensors.torch.save_file(trained.state_dict(), file)
    network = vision("resnet18", str(file), 64).network
    torch.testing.assert_close(network.layer4[1].conv2.weight, trained.layer4[1].conv2.weight)


@pytest.mark.parametrize(
    ("name", "dimension"), [("mobilenet-v3-small", 1_024), ("shufflenet_v2_x0_5", 1_024)]
)
def test_the_feature_is_the_input_of_the_last_linear_layer(name: str, dimension: int) -> None:
    source = vision(name, "random")
    answer = source.reference(np.zeros((1, 224, 224, 3), np.uint8))
    assert answer.shape == (1, dimension)


def test_random_weights_are_always_the_same() -> None:
    first, second = (vision("shufflenet_v2_x0_5", "random").network for _ in range(2))
    torch.testing.assert_close(first.conv1[0].weight, second.conv1[0].weight, rtol=0, atol=0)


def test_the_input_is_that_of_the_weights() -> None:
    """Bicubic, 256 → 256 and the like stand beside torchvision's weights."""
    spec = vision("efficientnet_b1", "random").spec
    assert (spec.input.width, spec.input.keep) == (240, 240 / 255)
    assert spec.input.resample == "bilinear"
    assert vision("efficientnet_b0", "random").spec.input.resample == "bicubic"


def test_torchvisions_own_file_is_known_by_its_name(tmp_path: Path) -> None:
    """Two sets of weights are for one network, but need different preprocessing."""
    network = import_torchvision().models.mobilenet_v2()
    for name, keep in (("mobilenet_v2-b0353104.pth", 224 / 256), ("x.pth", 224 / 232)):
        torch.save(network.state_dict(), tmp_path / name)
        assert vision("mobilenet_v2", str(tmp_path / name)).spec.input.keep == keep


def test_a_program_in_a_weights_file_is_not_run(tmp_path: Path) -> None:
    file, planted = tmp_path / "weights.pth", tmp_path / "planted"
    torch.save({"fc.weight": Planted(planted)}, file)
    with pytest.raises(FinderError, match="more than weights"):
        vision("resnet18", str(file))
    assert not planted.exists()


def test_weights_of_another_network_are_refused(trained: Any, tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    torch.save(trained.state_dict(), file)
    with pytest.raises(FinderError, match="not those of this network: Missing key"):
        vision("resnet34", str(file))
    torch.save([1, 2], file)
    with pytest.raises(FinderError, match="no named weights"):
        vision("resnet34", str(file))
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(FinderError, match="cannot be read"):
        vision("resnet34", str(file))


def test_what_has_no_linear_layer_is_refused() -> None:
    with pytest.raises(FinderError, match="does not end with a linear layer"):
        vision("squeezenet1_1", "random")
