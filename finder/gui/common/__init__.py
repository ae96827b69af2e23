"""Widgets, messages, formatting and desktop services for all packages of the window. Imports none
of them."""
