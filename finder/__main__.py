"""`image-finder` and `python -m finder`: the window without a subcommand, else the terminal."""

from __future__ import annotations

import sys

from finder.core.private import keep_private


def main(argv: list[str] | None = None) -> int:
    """Run with these arguments (default: the process's own). Gives the exit code."""
    keep_private()
    words = sys.argv[1:] if argv is None else argv
    if words and words[0].startswith("_"):  # begun by the program itself
        from finder.cli.hidden import HIDDEN, run_hidden

        if words[0] in HIDDEN:
            return run_hidden(words)
    from finder.cli.arguments import parse

    options = parse(words)
    if options.command in (None, "window"):
        from finder.app import run_window

        return run_window(options.home, options.picture)
    from finder.cli.run import run_command
    from finder.jobs.leaving import leave

    return leave(run_command(options))


if __name__ == "__main__":
    sys.exit(main())
