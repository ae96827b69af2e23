"""Maintenance: check the library and restore a backup."""
