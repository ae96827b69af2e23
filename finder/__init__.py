"""Image Finder: drop a picture, see which of your own pictures look like it.

How a picture walks from a folder to the grid:

1.  `core.pictures.scan` walks a folder and yields files; the catalogue drops the unchanged ones.
2.  `core.library.indexing` hands each file to a worker, which takes it all the way: read, content
    id, decode once, thumbnail, and for every model preprocess and extract (`core.models`).
3.  One writer (`core.library.writer`) keeps whole batches: Milvus, then the fast-search matrix,
    then the catalogue.
4.  A query picture takes the same way to an embedding for each model (`core.search.query`), is
    compared with every vector (`core.search.find`), and the models are combined
    (`core.search.combine`).
5.  The command line prints the matches; the window (`gui`) shows them as rows of ready values.
    Work off the GUI thread goes through `jobs`.

The layers, and who may import whom: `app, cli → gui → jobs → core`, never back.
"""

__version__ = "0.1.0"
