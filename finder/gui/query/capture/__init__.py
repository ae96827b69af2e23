"""A part of the screen as a query: the desktop's pictures, the frame drawn on them, the portal."""
