"""Filters of a search: the chips and the editor."""
