"""The catalogue: one SQLite database with everything that is known about files, pictures and
embeddings, and what the user has entered (folders, settings). Its format (`schema`), opening,
backups and settings.

Imports no vector database and no model.
"""
