"""The subcommand `image-finder models`: its arguments, and what each of its own commands does."""
