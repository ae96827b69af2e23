"""The window itself: layout and actions, what spans several rooms, pages and messages, maintenance.

Start with `conductor`, which creates all controllers and connects them.
"""
