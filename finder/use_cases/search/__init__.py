"""Use cases about search: read a query, run it, keep recent ones."""
