"""Widgets, messages and formatting that every room of the window uses. Imports no other room."""
