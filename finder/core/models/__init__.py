"""Feature extractors. A model is data: the record (`spec`) stands in a folder's `model.toml`
(`manifest`), and its kind (`kinds`) decides what makes its embedder: ONNX Runtime (`runtime`) or a
formula (`baselines`). Pictures are prepared by pure functions (`preprocess`).

Knows nothing of the user's pictures, the library or a search.
"""
