"""Feature extractors: a model is data (`spec`), fed by pure functions (`preprocess`), run by
ONNX Runtime (`extract`, the only module that imports it).

Knows nothing of files on the user's disk, the library or a search.
"""
