"""Running models: sessions (`session`), the extractors that use them and their pool, execution
providers, measured throughput, and records about model files.

Only `session` imports ONNX Runtime.
"""
