"""Removing pictures and folders from the library, and bringing them back."""
