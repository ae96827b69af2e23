"""Use cases about folders and pictures: index, list, check, remove, locate, restore."""
