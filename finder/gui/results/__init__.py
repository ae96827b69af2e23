"""Answers: columns of matches, the details of a picture, and what can be done with it."""
