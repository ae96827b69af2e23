"""The models dialog, with downloads and other commands, and the import of a model."""
