"""How close a match is, in one unit for all models."""
