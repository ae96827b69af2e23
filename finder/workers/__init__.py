"""Threads and child processes, for the window and the command line. No Qt is imported.

`worker_pools` gives plain threads, `child_process` runs a hidden command in an isolated process
with limits: for everything that may crash or hang, or comes from an unknown source.
"""
