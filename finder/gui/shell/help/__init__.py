"""Help: the shortcuts, the documentation and About."""
