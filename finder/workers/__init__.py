"""Threads and child processes, for the window and the command line. No Qt is imported.

`worker_pools` gives plain threads, `child_process` runs a hidden command in an isolated process
with limits; everything that may crash, hang or come from a stranger runs through it.
"""
