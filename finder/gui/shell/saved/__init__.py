"""Saved searches: their names, and what the user does with them."""
