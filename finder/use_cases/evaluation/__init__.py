"""Measuring models on the user's own pictures."""
