"""The only place where threads and child processes begin.

`pool` gives plain worker threads and `processes` runs hidden commands in child processes, both for
the command line too; `door` is the one way off the GUI thread. Imports the core, never the window.
"""
