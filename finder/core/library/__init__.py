"""What is kept about the user's pictures: the catalogue (SQLite), the vectors (Milvus), the
fast-search matrix (`nearest`), and the one writer that keeps them in step (`writer`, `indexing`).

Knows nothing of searching.
"""
