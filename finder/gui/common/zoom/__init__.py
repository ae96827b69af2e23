"""A picture that can be zoomed and moved."""
