"""Image Finder: drop a picture, see which of your own pictures look like it.

How a picture gets from a folder to the grid:

1.  `core.pictures.scan` walks a folder and yields files; the catalogue drops the unchanged ones.
2.  `core.library.indexing` hands each file to a worker, which takes it all the way: read, content
    id, decode once, thumbnail, and for every model preprocess and extract (`core.models`).
3.  The one writer (`core.library.writer`) stores whole batches: first in the vector store, then in
    the matrix, then in the catalogue.
4.  A query picture becomes an embedding for each model in the same way (`core.search.query`), is
    compared with every vector (`core.search.searcher`), and the models are combined
    (`core.search.combine`).
5.  The command line prints the matches; the window (`gui`) shows them as rows of ready values.

The layers, and who may import whom: `app, cli → gui, convert → jobs → use_cases → workers → core`,
never back. Only `app`, `gui` and `jobs` know Qt.
"""

__version__ = "0.1.0"
