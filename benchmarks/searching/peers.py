"""Other vector databases over the same vectors, each in turn with Image Finder's own search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.common import Options, bench_python, in_turn, ratio, say, table
from benchmarks.searching.asking import Ask, Asked, asked_all, milliseconds, recall
from benchmarks.searching.elsewhere import LIBRARIES, Elsewhere
from benchmarks.searching.made_up_library import filter_cases, sub_folder
from benchmarks.searching.milvus import KINDS, Milvus, PeerError, described
from benchmarks.searching.sample import TOP, Sample, exact_top
from finder.core.search.searcher import Searcher


@dataclass(frozen=True)
class Peer:
    """Something to measure beside our own search; it must find the same. build: seconds to fill it
    and make its index; ask: runs all queries once."""

    name: str
    build: float
    ask: Callable[[], Asked]
    ours: Ask
    truth: list[list[int]]


def peers_text() -> str:
    ivf, hnsw = (described(kind) for kind in ("IVF_FLAT", "HNSW"))
    return (
        "Other vector databases with the same vectors, each in turn with Image Finder's exact "
        f"search alone. Milvus' IVF_FLAT has {ivf}; its HNSW {hnsw}; usearch's HNSW is as it "
        "comes, with float32. (Made-up vectors lie in clusters: a graph finds its way more easily "
        "than among pictures.)"
    )


def peers_part(sample: Sample, folder: Path, args: Options) -> str:
    """Other vector databases over the same vectors, each in turn with Image Finder's search."""
    notes: list[str] = []
    rows: list[list[str]] = []
    with sample.searcher() as searcher:
        for peer in _peers(sample, searcher, folder, notes):
            try:
                rows.append(_peer_row(peer, sample, args))
            except PeerError as error:
                notes.append(_not_measured(peer.name, error))
    head = [sample.title, "ms", "Image Finder, ms", "÷ Image Finder", f"recall@{TOP}"]
    head.append("s to fill and index")
    return "\n\n".join([table(head, rows), *notes])


def _peer_row(peer: Peer, sample: Sample, args: Options) -> list[str]:
    say(f"{sample.title}: {peer.name}")
    found = peer.ask()[1]
    times = in_turn(
        args.runs,
        {
            "ours": lambda: asked_all(peer.ours, sample.queries)[0],
            "peer": lambda: peer.ask()[0],
        },
    )
    return [
        peer.name,
        milliseconds(times["peer"]),
        milliseconds(times["ours"]),
        f"{ratio(times['peer'], times['ours']):.2f}",
        f"{recall(found, peer.truth):.3f}",
        f"{peer.build:.1f}" if peer.build >= 0.05 else "–",
    ]


def _peers(sample: Sample, searcher: Searcher, folder: Path, notes: list[str]) -> Iterator[Peer]:
    """Each is ready to be asked until the next one. notes: takes what could not be measured."""
    ours, queries = sample.kernel(), sample.queries
    whole = partial(asked_all, sample.whole(searcher), queries)
    yield Peer("Image Finder, whole answer", 0.0, whole, ours, sample.truth)
    yield from _milvus_peers(sample, searcher, folder, notes)
    yield from _peers_elsewhere(sample, ours, folder, notes)


def _milvus_peers(
    sample: Sample, searcher: Searcher, folder: Path, notes: list[str]
) -> Iterator[Peer]:
    ours = sample.kernel()
    with closing(Milvus(folder / "milvus.db")) as milvus:
        fill = _tried("Milvus", partial(milvus.fill, sample.matrix), notes)
        if fill is None:
            return
        for kind in KINDS:
            name = f"MilvusClient.search, {kind}"
            build = _tried(name, partial(milvus.make_index, kind), notes)
            if build is not None:
                ask = partial(asked_all, milvus.asks(kind), sample.queries)
                yield Peer(name, fill + build, ask, ours, sample.truth)
            if build is not None and kind == "FLAT":
                yield _milvus_filtered(sample, searcher, milvus)
            milvus.drop_index()


def _milvus_filtered(sample: Sample, searcher: Searcher, milvus: Milvus) -> Peer:
    chosen = filter_cases(len(sample.matrix))[0]
    ask = partial(asked_all, milvus.asks("FLAT", f'folder == "{sub_folder(3)}"'))
    return Peer(
        f"the same within {chosen.name}; Image Finder's whole answer",
        0.0,
        partial(ask, sample.queries),
        sample.whole(searcher, filter=chosen.filter),
        exact_top(sample.matrix, sample.queries, chosen.rows),
    )


def _peers_elsewhere(sample: Sample, ours: Ask, folder: Path, notes: list[str]) -> Iterator[Peer]:
    python = bench_python()
    if python is None:
        notes.append(
            f"{', '.join(LIBRARIES)}: not measured, their environment is not there "
            "(`benchmarks/requirements.txt`)."
        )
        return
    with closing(Elsewhere(python, sample, folder)) as process:
        for name in LIBRARIES:
            build = _tried(name, partial(process.make, name), notes)
            if build is not None:
                yield Peer(name, build, partial(process.ask, name), ours, sample.truth)


def _tried(name: str, make: Callable[[], float], notes: list[str]) -> float | None:
    """The seconds that making it took, or None and a note why not."""
    say(f"making {name}")
    try:
        return make()
    except PeerError as error:
        notes.append(_not_measured(name, error))
        return None


def _not_measured(name: str, error: PeerError) -> str:
    return f"{name}: not measured ({str(error).partition(chr(10))[0]})."
