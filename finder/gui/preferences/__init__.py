"""The preferences: a dialog of sections, which show values and emit signals."""
