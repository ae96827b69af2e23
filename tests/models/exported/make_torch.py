"""Makes the torch_*.onnx beside it, as PyTorch exports them: a few layers, random weights.

pip install torch==2.13.0 onnxscript==0.7.2 && python make_torch.py
"""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from torch import nn

HERE = Path(__file__).parent
SIZE, PATCH = 32, 8


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.norm(self.conv(x)))


class Cnn(nn.Module):
    """As torchvision's resnet: stem, residual blocks, global pooling, classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.blocks = nn.Sequential(Residual(16), nn.Conv2d(16, 24, 1, stride=2), Residual(24))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(24, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, t, d = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        a = nn.functional.scaled_dot_product_attention(q, k, v)
        x = x + self.out(a.transpose(1, 2).reshape(n, t, d))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    """As timm's and transformers' ViT: patches, class token, positions, blocks, norm."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        width = 24
        self.patches = nn.Conv2d(3, width, PATCH, stride=PATCH)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, (SIZE // PATCH) ** 2 + 1, width))
        self.blocks = nn.Sequential(Block(width, 3), Block(width, 3))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes) if classes else None

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        x = self.patches(pixel_values).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
        x = self.norm(self.blocks(x))
        return x if self.head is None else self.head(x[:, 0])


def export(module: nn.Module, name: str, names: tuple[str, str], **options: object) -> None:
    torch.manual_seed(1)
    for parameter in module.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=(2.0 / parameter[0].numel()) ** 0.5)
    module.eval()
    image = torch.randn(options.pop("batch", 1), 3, SIZE, SIZE).to(next(module.parameters()).dtype)
    torch.onnx.export(
        module,
        (image,),
        str(HERE / f"{name}.onnx"),
        input_names=[names[0]],
        output_names=[names[1]],
        **options,
    )
    strip(HERE / f"{name}.onnx")


def strip(path: Path) -> None:
    """Leave out the stack traces that exporters keep, with the paths of this machine."""
    model = onnx.load(path)
    for thing in (*model.graph.node, *model.graph.value_info, *model.graph.initializer):
        thing.ClearField("doc_string")
        thing.ClearField("metadata_props")
    model.graph.ClearField("metadata_props")
    onnx.save(model, path)


def main() -> None:
    free = {"dynamo": True, "external_data": False, "batch": 2}
    batch = ({0: torch.export.Dim("batch")},)
    export(Cnn(), "torch_cnn", ("x", "linear"), dynamic_shapes=batch, **free)
    export(Vit(10), "torch_vit", ("pixel_values", "logits"), dynamic_shapes=batch, **free)
    export(
        Vit(0), "torch_tokens", ("pixel_values", "last_hidden_state"), dynamic_shapes=batch, **free
    )
    one = {"dynamo": True, "external_data": False}
    export(Vit(10), "torch_vit_one", ("pixel_values", "logits"), **one)
    export(Cnn().half(), "torch_cnn_half", ("input", "output"), **one)
    old = {"dynamo": False, "opset_version": 14}
    axes = {"input": {0: "batch"}, "output": {0: "batch"}}
    export(Cnn(), "torch_cnn_legacy", ("input", "output"), dynamic_axes=axes, **old)
    export(Vit(10), "torch_vit_legacy_one", ("input", "output"), **old)


if __name__ == "__main__":
    main()
