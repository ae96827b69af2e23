"""Proof that two pictures are the same one, or that one is a part of the other."""
