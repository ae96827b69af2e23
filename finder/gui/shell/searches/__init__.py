"""Searches in the window: their queries, filters and history."""
