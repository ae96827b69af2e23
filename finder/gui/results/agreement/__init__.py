"""How far each two models agree on a query, as a small table in a popover."""
