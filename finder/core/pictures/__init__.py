"""Picture files: which there are (`scan`), which they are (`identity`), what they show (`decode`).

Knows nothing of models, the library or a search.
"""
