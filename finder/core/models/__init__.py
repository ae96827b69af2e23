"""Feature extractors. A model is data: its record (`spec`) is read from a folder's `model.toml`
(`manifest`), and its kind (`kinds`) decides what computes its embeddings: ONNX Runtime (`runtime`)
or a formula (`baselines`). Pictures are prepared by pure functions (`preprocess`).

Imports neither the library nor `search`.
"""
