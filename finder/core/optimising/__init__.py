"""Faster and smaller variants of a model: made, measured on the user's own pictures, kept.
Above the library.
"""
