"""`image-finder models` and its subcommands."""
