"""Asking: the query bar, what is dropped or pasted, and the search controller."""
