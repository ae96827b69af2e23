"""Models side by side: one column for each."""
