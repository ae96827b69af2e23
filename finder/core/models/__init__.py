"""Feature extractors: a model is data (`spec`), fed by pure functions (`preprocess`), run by
ONNX Runtime (`extract`, the only module that imports it; `quantise` imports its quantiser) on one
of its execution providers (`providers`).

Knows nothing of files on the user's disk, the library or a search.
"""
