"""The vectors, in their two copies: the vector store (Milvus Lite, run by `engine`) and the
matrix that searches read (`vector_matrix`); their repair, and the stamp of a clean shutdown.

Only `milvus_lite` imports pymilvus, only `engine`, `lean_engine` and `engine_version` import
milvus_lite.
"""
