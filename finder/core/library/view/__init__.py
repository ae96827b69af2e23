"""A library as its readers see it: catalogue and matrices read together, never written.

Search uses it; whatever else compares stored vectors should, too. Nothing here imports the writer:
how a library is repaired is passed in.
"""
