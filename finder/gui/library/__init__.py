"""The library: its folders, indexing them, watching them, the files that were skipped."""
