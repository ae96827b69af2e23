"""A library as its readers see it: catalogue and matrices read together, never written.

Search uses it, and so should all other code that compares stored vectors. It does not import the
writer: the function that repairs a library is passed in.
"""
