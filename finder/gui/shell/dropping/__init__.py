"""Dragging over the window: what dropping does at each place, and the drop."""
