"""What was found by the words in names and texts: its column, its strip, what its cards say."""
