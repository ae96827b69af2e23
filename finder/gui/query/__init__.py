"""The query: its input, its search, and the query bar with the models menu."""
