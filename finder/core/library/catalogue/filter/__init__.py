"""Filters: their text form, and the condition and masks compiled from them."""
