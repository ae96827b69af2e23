"""The only place where threads begin.

`pool` gives plain worker threads, to the command line too; `door` is the one way off the GUI
thread. Imports the core, never the window.
"""
