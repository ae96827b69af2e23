"""Pictures with a thing in a corner, for tests of crops."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from PIL import Image

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.crop_folders import add_crops
from finder.core.models.crops import crops_name
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query
from finder.use_cases.search.library_search import open_searcher

THING = "cats/kitten.jpg"
SCENE = "scene.jpg"
_BACKGROUND = "castles/schwerin.jpg"
_SIZE = 480, 320
_THING_SIZE = 130, 120
"""About a tenth of the scene, in its lower right corner."""
_OTHERS = ("castles", "lakes", "city-nights")


def make_scenes(samples: Path, folder: Path) -> Path:
    """A folder with `SCENE`, a castle with a kitten in a corner, and pictures of other things."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _OTHERS:
        for picture in sorted((samples / name).iterdir()):
            shutil.copy2(picture, folder / picture.name)
    scene = Image.open(samples / _BACKGROUND).convert("RGB").resize(_SIZE)
    thing = Image.open(samples / THING).convert("RGB").resize(_THING_SIZE)
    scene.paste(thing, (_SIZE[0] - _THING_SIZE[0] - 30, _SIZE[1] - _THING_SIZE[1] - 15))
    scene.save(folder / SCENE, quality=92)
    return folder


def switch_on(home: Home, *folders: Path) -> None:
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        add_crops(catalogue, map(str, folders))


def with_crops(home: Home, spec: ModelSpec) -> set[str]:
    """The names of the files whose pictures have crops."""
    with closing(Catalogue(home)) as catalogue:
        pictures = set(catalogue.embeddings.pictures(crops_name(spec.name)).tolist())
        return {
            Path(path).name
            for record in catalogue.pictures.get(pictures).values()
            for path in record.paths
        }


def find(
    home: Home,
    extractors: ExtractorPool,
    spec: ModelSpec,
    query: Query,
    filter: Filter = NO_FILTER,
    look_twice: bool = False,
) -> Result:
    with closing(open_searcher(home, extractors)) as searcher:
        return searcher.search(query, [spec], 200, Metric.EUCLIDEAN, filter, look_twice=look_twice)


def rank_of(result: Result, name: str, model: str) -> int:
    return next(
        match.rank for match in result.models[model] if Path(match.picture.paths[0]).name == name
    )
