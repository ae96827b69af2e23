"""Models in the window: the menu, the model manager, and importing a model."""
