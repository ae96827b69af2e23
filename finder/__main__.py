"""`image-finder` and `python -m finder`: the window without a subcommand, else the terminal.

Imports nothing before `leave_out_current_folder` has been called, not even `annotations`: `python
-m` puts the current folder first on the import path.
"""

import os
import sys

if not __package__:  # started by its path, as child processes are
    _root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if _root not in sys.path:
        sys.path.insert(0, _root)


def main(argv: list[str] | None = None) -> int:
    """Run with these arguments (default: the process's own). Returns the exit code."""
    from finder.core.import_path import leave_out_current_folder

    leave_out_current_folder()
    from finder.core.system.permissions import restrict_to_owner

    restrict_to_owner()
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0].startswith("_"):  # started by this program
        from finder.cli.child_commands import CHILD_COMMANDS, run_child_command

        if arguments[0] in CHILD_COMMANDS:
            return run_child_command(arguments)
    from finder.cli.arguments import parse

    options = parse(arguments)
    if options.command in (None, "window"):
        import gc

        gc.disable()  # the window has its own collection (`jobs.garbage_collection`)
        from finder.app import run_window

        return run_window(options.home, options.paths, options.capture)
    from finder.cli.run import run_command
    from finder.workers.shutdown import end_process

    return end_process(run_command(options))


if __name__ == "__main__":
    sys.exit(main())
