"""Running models: sessions and their pool (`extract`), execution providers, measured speed, and
what is known of each model file.

Only `extract` imports ONNX Runtime.
"""
