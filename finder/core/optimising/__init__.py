"""Faster and smaller variants of a model: made (`variants`), compared with it on the user's own
pictures (`optimisation`), and added to the library on request. Imports the library, not the
reverse.
"""
