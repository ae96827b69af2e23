"""Image Finder: drop a picture, and see which of your own pictures look like it.

How a picture gets from a folder to the grid:

1.  `core.pictures.scan` walks a folder and yields files; the catalogue drops the unchanged ones.
2.  `core.library.indexing` gives each file to a worker, which reads it, computes its content id,
    decodes it once, makes a thumbnail, and preprocesses and embeds it for every model
    (`core.models`).
3.  The writer (`core.library.writer`) stores results in batches: first in the vector store, then in
    the matrix, then in the catalogue.
4.  A query picture becomes an embedding for each model in the same way (`core.search.query`), is
    compared with every vector (`core.search.searcher`), and the models are combined
    (`core.search.ranking`).
5.  The command line prints the matches; the window (`gui`) shows them as rows of ready values.

The layers: `app, cli → gui, convert → jobs → use_cases → workers → core`. Each may import those to
its right, never the reverse. Only `app`, `gui` and `jobs` import Qt.
"""

__version__ = "0.1.0"
