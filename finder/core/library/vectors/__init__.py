"""The vectors, in their two copies: the vector store (`store` is the interface, `milvus_lite` the
implementation, run by `engine`) and the matrix that searches read (`vector_matrix`). A writer uses
them through `store_session`, which repairs them (`repair`) and stamps them (`clean_stamp`).

Only `pymilvus_import` and `engine` import pymilvus; only `engine`, `lean_engine` and
`engine_version` import milvus_lite.
"""
