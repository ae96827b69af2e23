"""How a query comes in: dropped, pasted, opened, or typed as a name."""
