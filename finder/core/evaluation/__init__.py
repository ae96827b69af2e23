"""How well models find pictures that have the same label: figures instead of impressions."""
