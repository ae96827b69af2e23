"""Running models: sessions (`session`), the extractors over them and their pool, execution
providers, measured throughput, and what is known of each model file.

Only `session` imports ONNX Runtime.
"""
