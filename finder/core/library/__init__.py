"""A library: the catalogue (SQLite), and the vectors in two copies, a vector store and the matrix
that searches read (`vectors`).

One process writes at a time: `writer` holds the lock, `batch_storage` stores, `removals` removes;
`indexing` finds what there is to store, `check` verifies all of it. Does not import `search`.
"""
