"""The catalogue: one SQLite database with everything that is known about files, pictures and
embeddings, and everything that the user has made. Its format (`schema`), opening, backups and
settings.

Imports no vector database and no model.
"""
