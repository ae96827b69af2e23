"""The window itself: layout and actions, connections between packages, pages and messages,
maintenance.

Start with `conductor`, which creates all controllers and connects them.
"""
