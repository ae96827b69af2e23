"""The teach dialog: a model learns the user’s own labels."""
