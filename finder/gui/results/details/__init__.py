"""The selected picture: its details, its places and what can be done with it."""
