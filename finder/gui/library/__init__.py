"""The library in the window: its folders, indexing, watching, and what was skipped."""
