"""The window itself: its layout and actions, what connects the rooms, start-up errors,
maintenance.
"""
