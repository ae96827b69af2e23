"""Models in a process of their own: importing, trials, variants and a stranger's model at work."""
