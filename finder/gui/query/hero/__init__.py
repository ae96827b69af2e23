"""The query's picture: its frame, turns, examples and the recent queries."""
