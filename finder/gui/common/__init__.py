"""Widgets, messages, formatting and desktop services for all rooms. Imports no other room."""
